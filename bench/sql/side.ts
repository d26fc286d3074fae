import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { PASSWORD, PASSWORD_HASH } from '../../local/data/people.ts'
import { startNeonBridge } from '../../local/neon.ts'
import { startUpstashBridge } from '../../local/upstash.ts'
import type { Values } from '../run/tape.ts'

/*
 * One checkout of FlowTrack, with a database of its own that its own migrations made and its own Worker
 * filled. What its Worker sends for a write is kept as a template.
 */

export type Query = { query: string; params: unknown[] }
export type Operation = 'move' | 'move, told to somebody' | 'create' | 'edit'
export type Side = {
  name: string
  client: pg.Client
  tapes: Record<Operation, { queries: Query[]; fresh: () => Values }>
  /** The socket of `client`. */
  stream: Duplex
  /** What one look at the clock says, in milliseconds. */
  clock: () => number
  measures: string
  close: () => Promise<void>
}

type Runtime = { url: string; close(): Promise<void> }
type Checkout = {
  bundle: () => Promise<string>
  startFlowtrack: (script: string, vars: Record<string, string>) => Promise<Runtime>
}

const COLUMNS = ['todo', 'in_progress', 'review']
const at = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const word = () => uuid().slice(-12)

/** CPU that a process has used, in ms (schedstat is in ns); undefined where its process is not here. */
function cpuOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return undefined
  }
}

const open = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    pipeline: true,
    types: { getTypeParser: () => (value: string) => value },
  })
  await client.connect()
  return client
}

/** Asks the Worker; throws when it refuses. */
const asking = (base: string) => {
  const asker = (token?: string) => async (method: string, path: string, body?: object) => {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
    const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return JSON.parse(text)
  }
  return asker
}

/** Whoever measures is no administrator, as the first account would be. */
async function signIn(base: string, databaseUrl: string) {
  const client = await open(databaseUrl)
  for (const name of ['root', 'ann', 'ben'])
    await client.query('insert into users (id, email, name, password_hash) values ($1, $2, $3, $4)', [
      uuid(),
      `${name}@bench.example`,
      name,
      PASSWORD_HASH,
    ])
  await client.end()
  const sign = (name: string) =>
    asking(base)()('POST', '/auth/login', { email: `${name}@bench.example`, password: PASSWORD })
  return [await sign('ann'), await sign('ben')]
}

async function fill(base: string, databaseUrl: string, count: number) {
  const asker = asking(base)
  const [ann, ben] = await signIn(base, databaseUrl)
  const ask = asker(ann.tokens.access)
  const project = await ask('POST', '/projects', { name: 'Bench' })
  await ask('POST', `/projects/${project.id}/members`, { user_id: ben.user.id, role: 'editor' })
  const add = async (n: number, assignee_ids: string[]): Promise<string> => {
    const about = { title: `Task ${n}`, description: 'What is to be done. '.repeat(10), status: COLUMNS[n % 3] }
    return (await ask('POST', '/tasks', { project_id: project.id, assignee_ids, ...about })).id
  }
  const [tasks, told]: [string[], string[]] = [[], []]
  for (let n = 0; n < count; n++) tasks.push(await add(n, []))
  for (let n = 0; n < 30; n++) told.push(await add(n, [ben.user.id]))
  return { ask, project: project.id as string, tasks, told }
}

const template = (queries: Query[], values: Values): Query[] =>
  queries.map(({ query, params }) => ({
    query,
    params: params.map((param) => {
      if (typeof param !== 'string') return param
      return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(value, `{{${name}}}`), param)
    }),
  }))

async function makeDatabase(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const admin = await open(server)
  const name = `flowtrack_sql_${randomBytes(4).toString('hex')}`
  await admin.query(`create database ${name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const drop = async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
  return { url: url.href, drop }
}

/** The Worker of a checkout, over bridges that tell what it sends to Postgres. */
async function startWorker(folder: string, databaseUrl: string) {
  let heard: Query[] = []
  const onRequest = ({ body }: { body: string }) => {
    const { queries = [] } = JSON.parse(body) as { queries?: Query[] }
    if (queries.length > heard.length) heard = queries
  }
  const neon = await startNeonBridge({ databaseUrl, onRequest })
  const token = randomBytes(24).toString('base64url')
  const redis = await startUpstashBridge({ token })
  const { bundle, startFlowtrack }: Checkout = await import(join(folder, 'bench/run/runtime.ts'))
  const limit = '9999999/60'
  const limits = { LIMIT_ACCOUNT: limit, LIMIT_ADDRESS: limit, LIMIT_USER: limit }
  const worker = await startFlowtrack(await bundle(), {
    DATABASE_URL: 'postgresql://flowtrack:local@db.localtest.me/flowtrack',
    NEON_FETCH_ENDPOINT: `${neon.url}/sql`,
    UPSTASH_REDIS_REST_URL: redis.url,
    UPSTASH_REDIS_REST_TOKEN: token,
    JWT_SECRET: randomBytes(48).toString('base64url'),
    REGION: 'weur',
    ...limits,
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
  return { url: worker.url, record, close }
}

async function recordAll(folder: string, databaseUrl: string, count: number): Promise<Side['tapes']> {
  const { migrate } = await import(join(folder, 'drizzle/migrate.ts'))
  await migrate(databaseUrl)
  const worker = await startWorker(folder, databaseUrl)
  try {
    const { ask, project, tasks, told } = await fill(worker.url, databaseUrl, count)
    const [task, other] = [at(tasks), at(told)]
    const title = `Measure ${word()}`
    let turn = 0
    const move = async (id: string, list: string[]) => {
      await ask('PATCH', `/tasks/${id}/move`, { status: 'done' })
      const { queries } = await worker.record(() => ask('PATCH', `/tasks/${id}/move`, { status: 'todo' }))
      // Another column than the time before: a move that moves nothing costs nothing.
      const fresh = () => ({ task: at(list), status: COLUMNS[turn++ % 3] as string })
      return { queries: template(queries, { task: id, status: 'todo' }), fresh }
    }
    const made = await worker.record(() => ask('POST', '/tasks', { project_id: project, title }))
    const edited = await worker.record(() => ask('PATCH', `/tasks/${task}`, { title }))
    return {
      move: await move(task, tasks),
      'move, told to somebody': await move(other, told),
      edit: {
        queries: template(edited.queries, { task, title }),
        fresh: () => ({ task: at(tasks), title: `Edit ${word()}` }),
      },
      create: {
        queries: template(made.queries, { task: made.result.id, title }),
        fresh: () => ({ task: uuid(), title: `Measure ${word()}` }),
      },
    }
  } finally {
    await worker.close()
  }
}

export async function openSide(server: string, folder: string, count: number): Promise<Side> {
  const { url, drop } = await makeDatabase(server)
  try {
    const tapes = await recordAll(folder, url, count)
    const client = await open(url)
    await client.query('vacuum analyze')
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const pid = Number(rows[0].pid)
    const local = cpuOf(pid) !== undefined
    const close = async () => {
      await client.end()
      await drop()
    }
    const clock = () => (local ? (cpuOf(pid) ?? Number.NaN) : performance.now())
    return {
      name: basename(folder),
      client,
      stream: (client as unknown as { connection: { stream: Duplex } }).connection.stream,
      tapes,
      clock,
      measures: local ? "Postgres' CPU" : 'time',
      close,
    }
  } catch (error) {
    await drop()
    throw error
  }
}
