import { decodeJwt } from 'jose'
import { v7 as uuid } from 'uuid'
import { emailOf, PASSWORD } from '../../local/data/people.ts'
import type { Answer } from './load.ts'
import type { Values } from './tape.ts'
import type { Desk, World } from './world.ts'

export type Ask = { method: string; path: string; body?: object; headers?: Record<string, string> }

export type Operation = {
  name: string
  /** Who does it, one after the other or all at once. */
  desks: (world: World) => Desk[]
  /** What is another value each time: it is put into the request, and into what the floor sends. */
  fresh?: (desk: Desk) => Values
  ask: (values: Values) => Ask
  /** What has to be known of an earlier answer. */
  learn?: (answer: Answer) => Values
  /** What the Worker itself made up, as its answer says. The floor makes up its own. */
  made?: { read: (body: string) => Values; fresh: () => Values }
  /** Requests that it cannot do without; 1 unless said otherwise. */
  trips?: number
  /** Slow by intent (a password): few rounds are enough. */
  slow?: true
}

const at = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const some = ({ tasks }: Desk) => at(tasks)
const word = () => uuid().slice(-12)
const NOTE = 'The importer stops at the third page, and only on Fridays. '.repeat(8)

let turn = 0
/** Another column than the time before: a move that moves nothing would cost nothing. */
const column = () => at([['todo', 'in_progress', 'review'][turn++ % 3] as string])

/** The session that an answer of `/auth/login` began. */
const sessionOf = (body: string) => String(decodeJwt(JSON.parse(body).tokens.access).sid)

const board = ({ project }: Values): Ask => ({ method: 'GET', path: `/projects/${project}/board` })
const everybody = ({ desks }: World) => desks

export const OPERATIONS: Operation[] = [
  {
    name: 'login',
    slow: true,
    trips: 2, // the hash is compared in between
    desks: everybody,
    fresh: () => ({ email: emailOf(1 + Math.floor(Math.random() * 200)) }),
    ask: ({ email }) => ({ method: 'POST', path: '/auth/login', body: { email, password: PASSWORD } }),
    made: { read: (body) => ({ session: sessionOf(body) }), fresh: () => ({ session: uuid() }) },
  },
  { name: 'board, cold', desks: ({ strangers }) => strangers, ask: board },
  { name: 'board, cached', desks: ({ few }) => [few], ask: board },
  {
    name: 'board, 304',
    desks: ({ few }) => [few],
    learn: ({ headers }) => ({ etag: String(headers.etag) }),
    ask: (values) => ({ ...board(values), headers: { 'If-None-Match': values.etag ?? '' } }),
  },
  { name: 'board of 10,000, cold', desks: ({ bigStrangers }) => bigStrangers, ask: board },
  {
    name: 'list',
    desks: everybody,
    ask: ({ project }) => ({ method: 'GET', path: `/tasks?project_id=${project}` }),
  },
  {
    name: 'create',
    desks: everybody,
    fresh: () => ({ title: `Measure ${word()}` }),
    ask: ({ project, title }) => ({ method: 'POST', path: '/tasks', body: { project_id: project, title } }),
    made: { read: (body) => ({ made: JSON.parse(body).id }), fresh: () => ({ made: uuid() }) },
  },
  {
    name: 'move',
    desks: everybody,
    fresh: (desk) => ({ task: some(desk), status: column() }),
    ask: ({ task, status }) => ({ method: 'PATCH', path: `/tasks/${task}/move`, body: { status } }),
  },
  {
    name: 'edit',
    desks: everybody,
    fresh: (desk) => ({ task: some(desk), title: `Edit ${word()}` }),
    ask: ({ task, title }) => ({ method: 'PATCH', path: `/tasks/${task}`, body: { title } }),
  },
  {
    name: 'note',
    desks: everybody,
    fresh: (desk) => ({ task: some(desk), note: `${NOTE}${word()}` }),
    ask: ({ task, note }) => ({ method: 'PATCH', path: `/tasks/${task}`, body: { description: note } }),
  },
  {
    name: 'report',
    desks: ({ few }) => [few],
    ask: ({ project }) => ({ method: 'GET', path: `/reports/projects/${project}/cumulative-flow` }),
  },
  {
    name: 'replay',
    desks: ({ few }) => [few],
    ask: ({ project }) => ({ method: 'GET', path: `/projects/${project}/activity?since=100&limit=100` }),
  },
]
