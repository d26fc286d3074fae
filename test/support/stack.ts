import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { buildWeb } from '../../.ci/web.ts'
import { startStack } from '../../local/stack.ts'
import { startReceiver } from './receiver.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The Worker's configuration: bridges to the databases that this run is about. */
    vars: Record<string, string>
    /** The same database, for tests that speak SQL from Node. */
    databaseUrl: string
    /** Whether it is a real server: faster, and able to run transactions beside each other. */
    onServer: boolean
  }
}

/** The first account of a database is an administrator's: so that no test has it by chance, whichever comes first. */
async function makeFirstAccount(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(
    "insert into users (id, email, name) select gen_random_uuid(), 'first@example.com', 'First' where not exists (select from users)",
  )
  await client.end()
}

/** One stack for the whole run: embedded, or the real servers that DATABASE_URL and REDIS_URL name. */
export default async function setup(project: TestProject) {
  await import('../../.ci/vendor.ts') // assets, as in every build
  await buildWeb()
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env
  const stack = await startStack({ databaseUrl, redisUrl })
  const receiver = await startReceiver()
  await makeFirstAccount(stack.databaseUrl)
  const settings = {
    JWT_SECRET: randomBytes(32).toString('hex'),
    SCRYPT_LOG2_N: '10',
    LOGIN_REFUSAL_MS: '0',
    HUB_TICK_SECONDS: '1',
    LEASE_MIN_SECONDS: '1',
    WEBHOOKS_TO_LOOPBACK: 'true',
    WEBHOOK_RETRY_MS: '100',
    WEBHOOK_TIMEOUT_MS: '2000',
    RECEIVER: receiver.url, // of webhooks; the Worker does not know it
    HUB_MODE: 'single',
    // What a test is not about must not stop it; those of limits set their own.
    LIMIT_ADDRESS: '1000000/60',
    LIMIT_STRANGER: '1000000/60',
    LIMIT_USER: '1000000/60',
    QUOTA_WEBHOOKS: '1000',
    CACHE_READ_TIMEOUT_MS: '5000', // a busy machine is no failure
    CACHE_TIMEOUT_MS: '5000',
  }
  project.provide('vars', { ...stack.vars, ...settings })
  project.provide('databaseUrl', stack.databaseUrl)
  project.provide('onServer', Boolean(databaseUrl))
  return () => Promise.all([stack.close(), receiver.close()])
}
