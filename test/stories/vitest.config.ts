import { defineConfig } from 'vitest/config'

/** The web board in Chromium, against one `npm run dev` for all: see docs/web.md. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/stories/**/*.test.ts'],
    globalSetup: ['test/stories/server.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
