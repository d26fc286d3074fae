import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { TestProject } from 'vitest/node'
import { makeDatabase, runSql } from '../../local/own-database.ts'
import type { Stack, StackOptions } from '../../local/stack.ts'
import { startReceiver } from './receiver.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The Worker's configuration: bridges to the databases that this project's tests share. */
    vars: Record<string, string>
    /** The same database, for tests that speak SQL from Node. */
    databaseUrl: string
    /** Whether the database is on a real server, which runs transactions at the same time; the embedded one cannot. */
    onServer: boolean
  }
}

/** Starts a stack in its own thread: the embedded database would slow down the thread that runs the tests. */
async function startStackInThread(options: StackOptions): Promise<Stack> {
  const thread = new Worker(join(import.meta.dirname, 'stack-thread.ts'), { workerData: options })
  const [stack] = await once(thread, 'message') // rejects when the thread fails
  return {
    ...stack,
    close: async () => {
      thread.postMessage('close')
      await once(thread, 'exit')
    },
  }
}

/** The first account of a database becomes an administrator. Made here, so that no account of a test is the first. */
const FIRST_ACCOUNT = "insert into users (id, email, name) values (gen_random_uuid(), 'first@example.com', 'First')"

/** Starts the stack for one project's tests: embedded, or on the real servers that DATABASE_URL and REDIS_URL name. */
export default async function setup(project: TestProject) {
  const { DATABASE_URL: server, REDIS_URL: redisUrl } = process.env
  const database = server ? await makeDatabase(server, 'test') : undefined
  const stack = await startStackInThread({ databaseUrl: database?.url, redisUrl }).catch(async (error: unknown) => {
    await database?.drop()
    throw error
  })
  const receiver = await startReceiver()
  await runSql(stack.databaseUrl, FIRST_ACCOUNT)
  const settings = {
    JWT_SECRET: randomBytes(32).toString('hex'),
    SCRYPT_LOG2_N: '10',
    LOGIN_REFUSAL_MS: '0',
    HUB_TICK_SECONDS: '1',
    LEASE_MIN_SECONDS: '1',
    WEBHOOKS_TO_LOOPBACK: 'true',
    WEBHOOK_RETRY_MS: '100',
    WEBHOOK_TIMEOUT_MS: '2000',
    RECEIVER: receiver.url, // of webhooks; only tests read it
    HUB_MODE: 'single',
    // No limit must stop a test that is about something else; tests of limits set their own.
    LIMIT_ADDRESS: '1000000/60',
    LIMIT_STRANGER: '1000000/60',
    LIMIT_USER: '1000000/60',
    QUOTA_WEBHOOKS: '1000',
    DATABASE_TIMEOUT_MS: '60000', // a busy machine must not make tests fail
    CACHE_READ_TIMEOUT_MS: '30000',
    CACHE_TIMEOUT_MS: '30000',
  }
  project.provide('vars', { ...stack.vars, ...settings })
  project.provide('databaseUrl', stack.databaseUrl)
  project.provide('onServer', Boolean(server))
  return async () => {
    await Promise.all([stack.close(), receiver.close()])
    await database?.drop()
  }
}
