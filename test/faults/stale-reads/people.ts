import { setTimeout as wait } from 'node:timers/promises'
import type { Dice } from '../../../local/faults.ts'
import { api } from '../support/api.ts'
import type { Deployment } from '../support/deployment.ts'
import { newProject, type Person } from '../support/people.ts'
import type { Site } from '../support/site.ts'
import { AnsweredWrites, type Row } from './answered-writes.ts'
import { get, type Read } from './api.ts'

const TASKS = 10

type Card = { id: string; list: string }

export type Project = {
  id: string
  /** The tasks that are here now, each with a checklist. A transfer takes a task elsewhere. */
  cards: Card[]
  writes: AnsweredWrites
  /** The mean time between two writes, in milliseconds. */
  pause: number
}

export async function newBoard(site: Site, owner: Person, pause: number): Promise<Project> {
  const id = await newProject(site, owner, 'Hunt')
  const cards: Card[] = []
  const make = async (path: string, body: object) =>
    (await api<{ id: string }>(site, 'POST', path, owner.token, body)).body.id
  for (let n = 0; n < TASKS; n++) {
    const task = await make('/tasks', { project_id: id, title: `Task ${n}` })
    cards.push({ id: task, list: await make(`/tasks/${task}/checklists`, { title: 'List' }) })
  }
  return { id, cards, writes: new AnsweredWrites(), pause }
}

export type Deps = {
  sites: Site[]
  projects: Project[]
  owner: Person
  dice: Dice
  done: () => boolean
  sql: Deployment['sql']
  /** How many of these succeeded. */
  answered: { bulks: number; transfers: number }
}
export const pick = <T>(dice: Dice, items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T // no caller passes an empty list

/**
 * Writes to one project until `done`, each time through a random region; now and then moves a card to another project.
 */
export async function write(deps: Deps, project: Project): Promise<void> {
  const { sites, dice, done } = deps
  while (!done()) {
    await (dice() < TRANSFERS ? transfer : edit)(deps, pick(dice, sites), project)
    await wait(project.pause * dice() * 2)
  }
}

/** The share of transfers: so small that quiet boards stay quiet. */
const TRANSFERS = 0.02

type Answer = { project_id?: string; results?: { task?: { id: string; seq: number; project_id: string } }[] }

/** Records an answered write in its project: from now on, readers can rely on it. */
function record({ projects }: Deps, project_id: string | undefined, task_id: string, seq: number): void {
  projects.find(({ id }) => id === project_id)?.writes.wrote({ seq, task_id, at: Date.now() })
}

/** Makes one edit, a comment, an item of a checklist, or edits of several tasks at once. */
export async function edit(deps: Deps, site: Site, project: Project): Promise<void> {
  const { dice, owner } = deps
  if (project.cards.length === 0) return
  const { id, list } = pick(dice, project.cards)
  const sort = dice()
  const text = `Text ${dice()}`
  if (sort < 0.1) return editSeveral(deps, site, project, text)
  const { seq, status, body } = await (sort < 0.25
    ? api<Answer>(site, 'POST', `/tasks/${id}/comments`, owner.token, { body: text })
    : sort < 0.4
      ? api<Answer>(site, 'POST', `/checklists/${list}/items`, owner.token, { text })
      : api<Answer>(site, 'PATCH', `/tasks/${id}`, owner.token, { title: text }))
  if (status < 300) record(deps, body.project_id, id, seq)
}

async function editSeveral(deps: Deps, site: Site, { id: project_id, cards }: Project, title: string): Promise<void> {
  const operations = cards.slice(0, 3).map(({ id }) => ({ op: 'update', id, title }))
  const body = { project_id, operations, partial: true }
  const answer = await api<Answer>(site, 'POST', '/tasks/bulk', deps.owner.token, body)
  if (answer.status >= 300) return
  deps.answered.bulks += 1
  for (const { task } of answer.body.results ?? []) if (task) record(deps, task.project_id, task.id, task.seq)
}

/** Transfers a task from another project to this one or the other way, which is a write in both. */
async function transfer(deps: Deps, site: Site, project: Project): Promise<void> {
  const { dice, owner, projects, sql } = deps
  const other = pick(dice, projects)
  const [from, to] = dice() < 0.5 ? [project, other] : [other, project]
  const card = from.cards[0]
  if (from === to || !card) return
  const body = { project_id: to.id }
  const answer = await api<{ seq: number }>(site, 'POST', `/tasks/${card.id}/transfer`, owner.token, body)
  if (answer.status >= 300) return
  deps.answered.transfers += 1
  from.cards = from.cards.filter(({ id }) => id !== card.id)
  to.cards.push(card)
  record(deps, to.id, card.id, answer.body.seq) // the rows that came with it have later ones
  const { rows } = await sql.query(
    `select max(seq)::int as seq from activity_logs where project_id = $1 and task_id = $2 and action = 'task.purged'`,
    [from.id, card.id],
  )
  record(deps, from.id, card.id, rows[0].seq)
}

const PATHS = ['/board?per_column=20', '/board?per_column=20', '', '/progress', '/columns', '/members?limit=20']

type Board = { columns: { tasks: Row[] }[] }

export type Tally = { hits: number; misses: number; worst_ms: number; violations: string[] }

/** Makes one read and judges it. If `names`, the read names the highest seq that was answered. */
export async function readOnce({ sites, projects, owner, dice }: Deps, names: boolean, bound_ms: number, tally: Tally) {
  // A read that names a seq refreshes the cache for all: in the last project none does, so only the bound holds there.
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
