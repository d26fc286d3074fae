import { decodeJwt } from 'jose'
import { v7 as uuid } from 'uuid'
import { emailOf, PASSWORD } from '../../local/data/people.ts'
import type { BenchStack, Desk } from './bench-stack.ts'
import type { Answer } from './load.ts'
import type { Values } from './tape.ts'

export type Ask = { method: string; path: string; body?: object; headers?: Record<string, string> }

export type Operation = {
  name: string
  /** The desks that do it, in turn or at once. */
  desks: (bench: BenchStack) => Desk[]
  /** Values that differ each time, in the request and in what the floor sends. */
  fresh?: (desk: Desk) => Values
  ask: (values: Values) => Ask
  /** Takes values from the answer of a first request. */
  learn?: (answer: Answer) => Values
  /** Values that the Worker generates: `read` takes them from its answer, `fresh` generates some for the floor. */
  made?: { read: (body: string) => Values; fresh: () => Values }
  /** The fewest requests to Neon or Redis that it needs; 1 by default. */
  trips?: number
  /** Slow by intent (a password): few rounds are enough. */
  slow?: true
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const pickTask = ({ tasks }: Desk) => pick(tasks)
const newWord = () => uuid().slice(-12)
const NOTE = 'The importer stops at the third page, and only on Fridays. '.repeat(8)

let turn = 0
/** Another column than the last time: a move within the column would cost less. */
const nextColumn = () => pick([['todo', 'in_progress', 'review'][turn++ % 3] as string])

/** The session that an answer of `/auth/login` began. */
const sessionOf = (body: string) => String(decodeJwt(JSON.parse(body).tokens.access).sid)

const askBoard = ({ project }: Values): Ask => ({ method: 'GET', path: `/projects/${project}/board` })
const allDesks = ({ desks }: BenchStack) => desks

export const OPERATIONS: Operation[] = [
  {
    name: 'login',
    slow: true,
    trips: 2, // the hash is compared in between
    desks: allDesks,
    fresh: () => ({ email: emailOf(1 + Math.floor(Math.random() * 200)) }),
    ask: ({ email }) => ({ method: 'POST', path: '/auth/login', body: { email, password: PASSWORD } }),
    made: { read: (body) => ({ session: sessionOf(body) }), fresh: () => ({ session: uuid() }) },
  },
  { name: 'board, cold', desks: ({ coldDesks }) => coldDesks, ask: askBoard },
  { name: 'board, cached', desks: ({ few }) => [few], ask: askBoard },
  {
    name: 'board, 304',
    desks: ({ few }) => [few],
    learn: ({ headers }) => ({ etag: String(headers.etag) }),
    ask: (values) => ({ ...askBoard(values), headers: { 'If-None-Match': values.etag ?? '' } }),
  },
  { name: 'board of 10,000, cold', desks: ({ bigColdDesks }) => bigColdDesks, ask: askBoard },
  {
    name: 'list',
    desks: allDesks,
    ask: ({ project }) => ({ method: 'GET', path: `/tasks?project_id=${project}` }),
  },
  {
    name: 'create',
    desks: allDesks,
    fresh: () => ({ title: `Measure ${newWord()}` }),
    ask: ({ project, title }) => ({ method: 'POST', path: '/tasks', body: { project_id: project, title } }),
    made: { read: (body) => ({ made: JSON.parse(body).id }), fresh: () => ({ made: uuid() }) },
  },
  {
    name: 'move',
    desks: allDesks,
    fresh: (desk) => ({ task: pickTask(desk), status: nextColumn() }),
    ask: ({ task, status }) => ({ method: 'PATCH', path: `/tasks/${task}/move`, body: { status } }),
  },
  {
    name: 'edit',
    desks: allDesks,
    fresh: (desk) => ({ task: pickTask(desk), title: `Edit ${newWord()}` }),
    ask: ({ task, title }) => ({ method: 'PATCH', path: `/tasks/${task}`, body: { title } }),
  },
  {
    name: 'note',
    desks: allDesks,
    fresh: (desk) => ({ task: pickTask(desk), note: `${NOTE}${newWord()}` }),
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
