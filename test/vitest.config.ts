import { randomUUID } from 'node:crypto'
import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import LongestFirst from './support/longest-first.ts'

const root = new URL('..', import.meta.url).pathname

// In each file, Wrangler would warn that secrets are missing, although the bindings below give them.
process.env.WRANGLER_LOG ??= 'error'

const workerd = () =>
  cloudflareTest(({ inject }) => ({
    wrangler: { configPath: `${root}wrangler.toml` },
    miniflare: { bindings: inject('vars') },
  }))

/** For projects that need servers. Each gets its own databases, so that its tests never see data of another project. */
const WITH_STACK = { globalSetup: ['test/support/stack.ts'] }

/** For projects whose files share an isolate, and the objects in it. */
const IN_ONE_ISOLATE = { isolate: false, setupFiles: ['test/support/after-each-file.ts'] }

/**
 * Tests that need no Postgres and no Redis, or start their own. `.ci/run` runs them in its first pass, and leaves them
 * out of the second, on real servers. These settings give them no server, so a test that needs one fails, and is never
 * left out unnoticed.
 */
const WITHOUT_SERVERS = {
  env: { DATABASE_URL: '', REDIS_URL: '' },
  provide: { vars: {}, databaseUrl: 'postgres://none.invalid' },
}

/**
 * Two kinds of test: in workerd, for the Worker as its clients see it; and in Node, for code that runs in Node. The
 * files in workerd share an isolate, as requests do in production (`isolate: false`): else each takes two seconds to
 * load the Worker.
 */
export default defineConfig({
  root,
  test: {
    globalSetup: ['test/support/assets.ts'],
    testTimeout: 300_000, // takes a busy machine into account
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } }, // likewise
    restoreMocks: true, // files share an isolate: a test that fails must not leave its spies to the next test
    maxWorkers: 4, // tests wait for timers, servers and each other a quarter of the time
    sequence: { sequencer: LongestFirst },
    reporters: ['dot'],
    silent: 'passed-only', // what a failed test has logged is shown with it
    projects: [
      {
        extends: true,
        plugins: [workerd()],
        test: { ...WITH_STACK, name: 'jobs', ...IN_ONE_ISOLATE, include: ['test/jobs/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          ...WITHOUT_SERVERS,
          name: 'dev',
          globalSetup: ['test/support/one-dev.ts'],
          include: ['test/dev/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          ...WITHOUT_SERVERS,
          name: 'standalone',
          include: ['test/repository/**/*.test.ts', 'test/local/**/*.test.ts'],
        },
      },
      {
        // Several regions on one Redis, which these tests break: each of the two runtimes has its own lane to it.
        extends: true,
        plugins: [
          cloudflareTest(({ inject }) => {
            const vars = inject('vars')
            const redis = `${vars.UPSTASH_REDIS_REST_URL}/t/regions-${randomUUID()}`
            return {
              wrangler: { configPath: `${root}wrangler.toml` },
              miniflare: {
                bindings: { ...vars, UPSTASH_REDIS_REST_URL: redis, RELAY_SHARDS: '2', QUOTA_BOARD_SOCKETS: '100' },
              },
            }
          }),
        ],
        test: { ...WITH_STACK, name: 'regions', ...IN_ONE_ISOLATE, include: ['test/regions/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { ...WITH_STACK, name: 'node', include: ['test/node/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { ...WITHOUT_SERVERS, name: 'unit', isolate: false, include: ['{src,client}/**/*.test.ts'] },
      },
      {
        extends: true,
        plugins: [workerd()],
        test: { ...WITH_STACK, name: 'worker', ...IN_ONE_ISOLATE, include: ['test/worker/**/*.test.ts'] },
      },
    ],
  },
})
