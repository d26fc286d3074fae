import { basename } from 'node:path'
import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { v7 as uuid } from 'uuid'
import {
  addTask,
  askerOf,
  COLUMNS,
  connectTo,
  cpuOf,
  openDatabase,
  type Query,
  signIn,
  startWorker,
} from '../checkout.ts'
import type { Values } from '../run/tape.ts'

/*
 * One checkout of FlowTrack, with a database of its own that its own migrations made and its own Worker
 * filled. What its Worker sends for a write is kept as a template.
 */

export type Operation = 'move' | 'move, told to somebody' | 'create' | 'edit'
export type Side = {
  name: string
  client: pg.Client
  tapes: Record<Operation, { queries: Query[]; fresh: () => Values }>
  /** The socket of `client`. */
  stream: Duplex
  /** The CPU that Postgres has used, or the time, in ms. */
  clock: () => number
  /** Which of both `clock` reads, in words. */
  measures: string
  close: () => Promise<void>
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const newWord = () => uuid().slice(-12)

async function fill(base: string, databaseUrl: string, count: number) {
  const [ann, ben] = await signIn(base, databaseUrl, ['ann', 'ben'])
  const ask = askerOf(base)(ann.tokens.access)
  const project = await ask('POST', '/projects', { name: 'Bench' })
  await ask('POST', `/projects/${project.id}/members`, { user_id: ben.user.id, role: 'editor' })
  const [tasks, told]: [string[], string[]] = [[], []]
  for (let n = 0; n < count; n++) tasks.push(await addTask(ask, project.id, n))
  for (let n = 0; n < 30; n++) told.push(await addTask(ask, project.id, n, { assignee_ids: [ben.user.id] }))
  return { ask, project: project.id as string, tasks, told }
}

const toTemplates = (queries: Query[], values: Values): Query[] =>
  queries.map(({ query, params }) => ({
    query,
    params: params.map((param) => {
      if (typeof param !== 'string') return param
      return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(value, `{{${name}}}`), param)
    }),
  }))

async function recordAll(folder: string, databaseUrl: string, count: number): Promise<Side['tapes']> {
  const worker = await startWorker(folder, databaseUrl)
  try {
    const { ask, project, tasks, told } = await fill(worker.url, databaseUrl, count)
    const [task, other] = [pick(tasks), pick(told)]
    const title = `Measure ${newWord()}`
    let turn = 0
    const move = async (id: string, list: string[]) => {
      await ask('PATCH', `/tasks/${id}/move`, { status: 'done' })
      const { queries } = await worker.record(() => ask('PATCH', `/tasks/${id}/move`, { status: 'todo' }))
      // Another column than the last time: a move within the column would cost less.
      const fresh = () => ({ task: pick(list), status: COLUMNS[turn++ % 3] as string })
      return { queries: toTemplates(queries, { task: id, status: 'todo' }), fresh }
    }
    const made = await worker.record(() => ask('POST', '/tasks', { project_id: project, title }))
    const edited = await worker.record(() => ask('PATCH', `/tasks/${task}`, { title }))
    return {
      move: await move(task, tasks),
      'move, told to somebody': await move(other, told),
      edit: {
        queries: toTemplates(edited.queries, { task, title }),
        fresh: () => ({ task: pick(tasks), title: `Edit ${newWord()}` }),
      },
      create: {
        queries: toTemplates(made.queries, { task: made.result.id, title }),
        fresh: () => ({ task: uuid(), title: `Measure ${newWord()}` }),
      },
    }
  } finally {
    await worker.close()
  }
}

export async function openSide(server: string, folder: string, count: number): Promise<Side> {
  const { url, drop } = await openDatabase(server, folder)
  try {
    const tapes = await recordAll(folder, url, count)
    const client = await connectTo(url)
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
