import { basename } from 'node:path'
import type pg from 'pg'
import { v7 as uuid } from 'uuid'
import { addTask, askerOf, COLUMNS, connectTo, cpuOf, openDatabase, signIn, startWorker } from '../checkout.ts'
import { checkProject } from '../run/check-project.ts'
import { type Answer, type Call, call, cpuOfProcess } from '../run/load.ts'

/** What is measured. `move, one board`: everybody in one project. */
export const OPERATIONS = ['board, cached', 'refresh', 'create', 'edit', 'move', 'move, one board'] as const
export type Operation = (typeof OPERATIONS)[number]

/** `times`: the ms of each request; `worker_ms`, `postgres_ms`: the CPU of all; `bytes`: the length of all answers. */
export type Burst = {
  times: number[]
  seconds: number
  worker_ms: number
  postgres_ms: number
  bytes: number
  errors: string[]
}

export type Side = {
  name: string
  run(operation: Operation, width: number, seconds: number): Promise<Burst>
  /** What is wrong with the shared board after the moves, in words; empty if nothing is. */
  check(): Promise<string[]>
  close(): Promise<void>
}

/** One person at work on a board of their own. */
type Desk = { token: string; refresh: string; project: string; tasks: string[] }

const DESKS = 16
const CARDS = 60
const BOARD = 200

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const pickColumn = () => pick(COLUMNS)

/** Makes sixteen people, each with a board of their own, and one board of 200 cards that they share. */
async function makeRoom(base: string, databaseUrl: string) {
  const names = Array.from({ length: DESKS }, (_, n) => `person${n}`)
  const people = await signIn(base, databaseUrl, names)
  const asks = people.map(({ tokens }) => askerOf(base)(tokens.access))
  const [first] = asks as [(typeof asks)[number]]
  const shared = String((await first('POST', '/projects', { name: 'Shared' })).id)
  for (const { user } of people.slice(1))
    await first('POST', `/projects/${shared}/members`, { user_id: user.id, role: 'editor' })
  const cards: string[] = []
  for (let n = 0; n < BOARD; n++) cards.push(await addTask(first, shared, n))
  const desks = await Promise.all(
    people.map(async ({ tokens }, n): Promise<Desk> => {
      const ask = asks[n] as (typeof asks)[number]
      const project = String((await ask('POST', '/projects', { name: `Desk ${n}` })).id)
      const tasks = []
      for (let card = 0; card < CARDS; card++) tasks.push(await addTask(ask, project, card))
      return { token: tokens.access, refresh: tokens.refresh, project, tasks }
    }),
  )
  return { desks, shared, cards }
}

type Room = Awaited<ReturnType<typeof makeRoom>>
type Ask = { method: string; path: string; body?: object; heard?: (answer: Answer) => void }

const askOf = (operation: Operation, { shared, cards }: Room, desk: Desk): Ask => {
  const patch = (path: string, body: object) => ({ method: 'PATCH', path, body })
  switch (operation) {
    case 'board, cached':
      return { method: 'GET', path: `/projects/${shared}/board` }
    case 'refresh': {
      const heard = ({ body }: Answer) => {
        desk.refresh = JSON.parse(body).tokens.refresh
      }
      return { method: 'POST', path: '/auth/refresh', body: { refresh: desk.refresh }, heard }
    }
    case 'create':
      return { method: 'POST', path: '/tasks', body: { project_id: desk.project, title: `Measure ${uuid()}` } }
    case 'edit':
      return patch(`/tasks/${pick(desk.tasks)}`, { title: `Edit ${uuid()}` })
    case 'move':
      return patch(`/tasks/${pick(desk.tasks)}/move`, { status: pickColumn() })
    case 'move, one board':
      return patch(`/tasks/${pick(cards)}/move`, { status: pickColumn() })
  }
}

/** The CPU time, in ms, of the processes that serve this database. Connections last, so no process ends meanwhile. */
async function cpuOfPostgres(db: pg.Client): Promise<number> {
  const { rows } = await db.query('select pid from pg_stat_activity where datname = current_database()')
  return rows.reduce((sum, { pid }) => sum + (cpuOf(pid) ?? Number.NaN), 0)
}

async function run(url: string, room: Room, operation: Operation, width: number, seconds: number): Promise<Burst> {
  const [times, errors]: [number[], string[]] = [[], []]
  let bytes = 0
  const began = performance.now()
  const until = began + seconds * 1_000
  const runSlot = async (desk: Desk) => {
    while (performance.now() < until) {
      const { method, path, body, heard } = askOf(operation, room, desk)
      const headers = { Authorization: `Bearer ${desk.token}`, 'Content-Type': 'application/json' }
      const sent: Call = { method, url: url + path, headers, ...(body && { body: JSON.stringify(body) }) }
      const started = performance.now()
      const answer = await call(sent)
      times.push(performance.now() - started)
      bytes += answer.body.length
      if (answer.status >= 400) errors.push(`${answer.status} ${answer.body.slice(0, 300)}`)
      else heard?.(answer)
    }
  }
  await Promise.all(Array.from({ length: width }, (_, n) => runSlot(room.desks[n % DESKS] as Desk)))
  return { times, errors, bytes, seconds: (performance.now() - began) / 1_000, worker_ms: 0, postgres_ms: 0 }
}

/** Starts a checkout with people and boards in a new database, which `close` drops. */
export async function openSide(server: string, folder: string): Promise<Side> {
  const database = await openDatabase(server, folder)
  const db = await connectTo(database.url)
  const worker = await startWorker(folder, database.url)
  const close = async () => {
    await worker.close()
    await db.end()
    await database.drop()
  }
  try {
    const room = await makeRoom(worker.url, database.url)
    await db.query('vacuum analyze')
    return {
      name: basename(folder),
      check: () => checkProject(db, room.shared),
      close,
      run: async (operation, width, seconds) => {
        const before = [cpuOfProcess(worker.pid), await cpuOfPostgres(db)] as const
        const burst = await run(worker.url, room, operation, width, seconds)
        const after = [cpuOfProcess(worker.pid), await cpuOfPostgres(db)] as const
        return { ...burst, worker_ms: after[0] - before[0], postgres_ms: after[1] - before[1] }
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
