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
    /** Whether it is a real server: faster, and able to run transactions beside each other. */
    onServer: boolean
  }
}

/** A stack that does not take the time of the process that runs the tests: the embedded database is busy all the while. */
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

/** The first account of a database is an administrator's: so that no test has it by chance, whichever comes first. */
const FIRST_ACCOUNT = "insert into users (id, email, name) values (gen_random_uuid(), 'first@example.com', 'First')"

/** A stack for the tests of one project: embedded, or on the real servers that DATABASE_URL and REDIS_URL name. */
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
    RECEIVER: receiver.url, // of webhooks; the Worker does not know it
    HUB_MODE: 'single',
    // What a test is not about must not stop it; those of limits set their own.
    LIMIT_ADDRESS: '1000000/60',
    LIMIT_STRANGER: '1000000/60',
    LIMIT_USER: '1000000/60',
    QUOTA_WEBHOOKS: '1000',
    DATABASE_TIMEOUT_MS: '60000', // a busy machine is no failure
    CACHE_READ_TIMEOUT_MS: '5000',
    CACHE_TIMEOUT_MS: '5000',
  }
  project.provide('vars', { ...stack.vars, ...settings })
  project.provide('databaseUrl', stack.databaseUrl)
  project.provide('onServer', Boolean(server))
  return async () => {
    await Promise.all([stack.close(), receiver.close()])
    await database?.drop()
  }
}
