import { setTimeout as wait } from 'node:timers/promises'
import type { Dice } from '../../../local/faults.ts'
import { api } from '../support/api.ts'
import type { Site } from '../support/world.ts'
import { Ledger, type Row } from './answered-writes.ts'
import { get, type Read } from './api.ts'

const PASSWORD = 'correct horse battery'
const TASKS = 10

export type Person = { id: string; token: string; email: string }
export type Project = {
  id: string
  tasks: string[]
  ledger: Ledger /** Between two writes, in milliseconds. */
  pause: number
}

export async function newPerson(site: Site): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.com`
  const account = { email, name: 'Hunter', password: PASSWORD }
  const { body } = await api<{ tokens: { access: string }; user: { id: string } }>(
    site,
    'POST',
    '/auth/register',
    '',
    account,
  )
  return { id: body.user.id, token: body.tokens.access, email }
}

/** Somebody's next session. */
export async function signIn(site: Site, { id, email }: Person): Promise<Person> {
  const { body } = await api<{ tokens: { access: string } }>(site, 'POST', '/auth/login', '', {
    email,
    password: PASSWORD,
  })
  return { id, email, token: body.tokens.access }
}

export async function newProject(site: Site, { token }: Person, pause: number): Promise<Project> {
  const { body } = await api<{ id: string }>(site, 'POST', '/projects', token, { name: 'Hunt' })
  const tasks: string[] = []
  for (let n = 0; n < TASKS; n++) {
    const task = { project_id: body.id, title: `Task ${n}` }
    tasks.push((await api<{ id: string }>(site, 'POST', '/tasks', token, task)).body.id)
  }
  return { id: body.id, tasks, ledger: new Ledger(), pause }
}

export type Deps = { sites: Site[]; projects: Project[]; owner: Person; dice: Dice; done: () => boolean }
export const pick = <T>(dice: Dice, items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T // none is empty

/** Somebody who edits tasks of one project, now here and now there. */
export async function write({ sites, owner, dice, done }: Deps, project: Project): Promise<void> {
  while (!done()) {
    await edit(pick(dice, sites), owner, project, dice)
    await wait(project.pause * dice() * 2)
  }
}

/** One edit, which the ledger hears of when it is answered. */
export async function edit(site: Site, { token }: Person, { tasks, ledger }: Project, dice: Dice): Promise<void> {
  const task_id = pick(dice, tasks)
  const { seq, status } = await api(site, 'PATCH', `/tasks/${task_id}`, token, { title: `Title ${dice()}` })
  if (status === 200) ledger.wrote({ seq, task_id, at: Date.now() })
}

const PATHS = ['/board?per_column=20', '/board?per_column=20', '', '/progress', '/columns', '/members?limit=20']

type Board = { columns: { tasks: Row[] }[] }

export type Tally = { hits: number; misses: number; worst_ms: number; violations: string[] }

/** One read of something, judged. Those who name a seq name the last one that anybody was answered. */
export async function look({ sites, projects, owner, dice }: Deps, names: boolean, bound_ms: number, tally: Tally) {
  // Whoever names a seq mends the cache for all: in the last project nobody does, and the bound alone holds.
  const project = pick(dice, names ? projects.slice(0, -1) : projects)
  const path = pick(dice, PATHS)
  const floor = names ? project.ledger.head : undefined
  const read: Read<Board> = await get(pick(dice, sites), `/projects/${project.id}${path}`, owner.token, floor)
  tally[read.by === 'redis' ? 'hits' : 'misses'] += 1
  const rows = read.body.columns?.flatMap((column) => column.tasks ?? [])
  const reading = { ...read, floor, rows }
  tally.worst_ms = Math.max(tally.worst_ms, project.ledger.staleness(reading))
  const wrong = read.status === 200 ? project.ledger.faultOf(reading, bound_ms) : `was answered with ${read.status}`
  if (wrong) tally.violations.push(`a reader of ${path || '/'} by ${read.by} ${wrong}`)
}
