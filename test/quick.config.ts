import { defineConfig } from 'vitest/config'

/** The quick tests: unit tests beside the code that they test. No server is started; silent when all pass. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['{src,client}/**/*.test.ts'],
    reporters: ['minimal'],
    silent: 'passed-only',
    isolate: false,
    testTimeout: 120_000, // a busy machine
    expect: { poll: { timeout: 60_000 } }, // likewise
    restoreMocks: true,
  },
})
