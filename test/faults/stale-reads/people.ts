import { setTimeout as wait } from 'node:timers/promises'
import type { Dice } from '../../../local/faults.ts'
import { api } from '../support/api.ts'
import { newProject, type Person } from '../support/people.ts'
import type { Site } from '../support/site.ts'
import { AnsweredWrites, type Row } from './answered-writes.ts'
import { get, type Read } from './api.ts'

const TASKS = 10

export type Project = {
  id: string
  tasks: string[]
  /** One list on each of the tasks, in their order. */
  lists: string[]
  writes: AnsweredWrites
  /** Between two writes, in milliseconds. */
  pause: number
}

export async function newBoard(site: Site, owner: Person, pause: number): Promise<Project> {
  const id = await newProject(site, owner, 'Hunt')
  const tasks: string[] = []
  for (let n = 0; n < TASKS; n++) {
    const task = { project_id: id, title: `Task ${n}` }
    tasks.push((await api<{ id: string }>(site, 'POST', '/tasks', owner.token, task)).body.id)
  }
  const lists: string[] = []
  for (const task of tasks)
    lists.push(
      (await api<{ id: string }>(site, 'POST', `/tasks/${task}/checklists`, owner.token, { title: 'List' })).body.id,
    )
  return { id, tasks, lists, writes: new AnsweredWrites(), pause }
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

/** One edit, a comment or an item of a checklist, which counts from when it is answered. */
export async function edit(
  site: Site,
  { token }: Person,
  { tasks, lists, writes }: Project,
  dice: Dice,
): Promise<void> {
  const task_id = pick(dice, tasks)
  const sort = dice()
  const { seq, status } = await (sort < 0.2
    ? api(site, 'POST', `/tasks/${task_id}/comments`, token, { body: `Comment ${dice()}` })
    : sort < 0.4
      ? api(site, 'POST', `/checklists/${lists[tasks.indexOf(task_id)]}/items`, token, { text: `Item ${dice()}` })
      : api(site, 'PATCH', `/tasks/${task_id}`, token, { title: `Title ${dice()}` }))
  if (status < 300) writes.wrote({ seq, task_id, at: Date.now() })
}

const PATHS = ['/board?per_column=20', '/board?per_column=20', '', '/progress', '/columns', '/members?limit=20']

type Board = { columns: { tasks: Row[] }[] }

export type Tally = { hits: number; misses: number; worst_ms: number; violations: string[] }

/** One read of something, judged. Those who name a seq name the last one that anybody was answered. */
export async function look({ sites, projects, owner, dice }: Deps, names: boolean, bound_ms: number, tally: Tally) {
  // Whoever names a seq mends the cache for all: in the last project nobody does, and the bound alone holds.
  const project = pick(dice, names ? projects.slice(0, -1) : projects)
  const path = pick(dice, PATHS)
  const floor = names ? project.writes.head : undefined
  const read: Read<Board> = await get(pick(dice, sites), `/projects/${project.id}${path}`, owner.token, floor)
  tally[read.by === 'redis' ? 'hits' : 'misses'] += 1
  const rows = read.body.columns?.flatMap((column) => column.tasks ?? [])
  const reading = { ...read, floor, rows }
  tally.worst_ms = Math.max(tally.worst_ms, project.writes.staleness(reading))
  const wrong = read.status === 200 ? project.writes.faultOf(reading, bound_ms) : `was answered with ${read.status}`
  if (wrong) tally.violations.push(`a reader of ${path || '/'} by ${read.by} ${wrong}`)
}
