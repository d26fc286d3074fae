import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { PASSWORD, PASSWORD_HASH } from '../local/data/people.ts'
import { startNeonBridge } from '../local/neon.ts'
import { makeDatabase } from '../local/own-database.ts'
import { startUpstashBridge } from '../local/upstash.ts'

/*
 * Runs the Worker of a checkout of FlowTrack, this one or another, over a database that its own migrations make and its
 * own API fills. So two versions can be measured alternately, each on its own schema.
 */

export type Query = { query: string; params: unknown[] }

type Checkout = {
  bundle: () => Promise<string>
  startFlowtrack: (
    script: string,
    vars: Record<string, string>,
  ) => Promise<{ url: string; pid: number; close(): Promise<void> }>
}

export const COLUMNS = ['todo', 'in_progress', 'review']

/** CPU that a process of one thread has used, in ms (schedstat is in ns); undefined when it is not on this machine. */
export function cpuOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return undefined
  }
}

export const connectTo = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    pipeline: true,
    types: { getTypeParser: () => (value: string) => value },
  })
  await client.connect()
  return client
}

/** Returns a function that sends a request with a token and returns the answer's JSON. It throws when it is refused. */
export const askerOf = (base: string) => (token?: string) => async (method: string, path: string, body?: object) => {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return JSON.parse(text)
}

/** Makes these people and signs them in. `root` comes before them, as the first account becomes the administrator. */
export async function signIn(base: string, databaseUrl: string, names: string[]) {
  const emailOf = (name: string) => `${name}@bench.example`
  const client = await connectTo(databaseUrl)
  for (const name of ['root', ...names])
    await client.query('insert into users (id, email, name, password_hash) values ($1, $2, $3, $4)', [
      uuid(),
      emailOf(name),
      name,
      PASSWORD_HASH,
    ])
  await client.end()
  const people = []
  for (const name of names)
    people.push(await askerOf(base)()('POST', '/auth/login', { email: emailOf(name), password: PASSWORD }))
  return people
}

/** Makes a task with a description of 200 characters. Returns its id. */
export async function addTask(ask: ReturnType<ReturnType<typeof askerOf>>, project_id: string, n: number, more = {}) {
  const about = { title: `Task ${n}`, description: 'What is to be done. '.repeat(10), status: COLUMNS[n % 3] }
  return String((await ask('POST', '/tasks', { project_id, ...about, ...more })).id)
}

/** The same collation on every server, so that comparing texts costs the same. */
const PLAIN = "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"

/** Starts the Worker of a checkout. `record` returns the result of `work` and the largest batch sent to Postgres. */
export async function startWorker(folder: string, databaseUrl: string) {
  let heard: Query[] = []
  const onRequest = ({ body }: { body: string }) => {
    const { queries = [] } = JSON.parse(body) as { queries?: Query[] }
    if (queries.length > heard.length) heard = queries
  }
  const neon = await startNeonBridge({ databaseUrl, onRequest })
  const token = randomBytes(24).toString('base64url')
  const redis = await startUpstashBridge({ token, redisUrl: process.env.REDIS_URL })
  const { bundle, startFlowtrack }: Checkout = await import(join(folder, 'bench/run/runtime.ts'))
  const limit = '9999999/60'
  const settings = {
    ...{ LIMIT_ACCOUNT: limit, LIMIT_ADDRESS: limit, LIMIT_USER: limit },
    ...{ CACHE_READ_TIMEOUT_MS: '10000', CACHE_TIMEOUT_MS: '10000' }, // so that a slow answer is measured, not aborted
  }
  const worker = await startFlowtrack(await bundle(), {
    DATABASE_URL: 'postgresql://flowtrack:local@db.localtest.me/flowtrack',
    NEON_FETCH_ENDPOINT: `${neon.url}/sql`,
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: token,
    JWT_SECRET: randomBytes(48).toString('base64url'),
    REGION: 'weur',
    ...settings,
  })
  const close = async () => {
    await worker.close()
    await redis.close()
    await neon.close()
  }
  const record = async <T>(work: () => Promise<T>) => {
    heard = []
    const result = await work()
    return { result, queries: heard }
  }
  return { url: worker.url, pid: worker.pid, record, close }
}

/** Creates a database on the server, with the migrations of this checkout. `drop` removes it. */
export async function openDatabase(server: string, folder: string) {
  const database = await makeDatabase(server, 'bench', PLAIN)
  try {
    const { migrate } = await import(join(folder, 'drizzle/migrate.ts'))
    await migrate(database.url)
    return database
  } catch (error) {
    await database.drop()
    throw error
  }
}
