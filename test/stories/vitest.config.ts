import { defineConfig } from 'vitest/config'

/** Tests of the web board in Chromium, against one `npm run dev` for all of them: see docs/web.md. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/stories/**/*.test.ts'],
    globalSetup: ['test/stories/server.ts'],
    setupFiles: ['test/stories/seats.ts'],
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
