import type { Chronicle } from './chronicle.ts'
import { COLUMNS } from './habits.ts'
import type { Event, Inboxes } from './inboxes.ts'
import type { Random } from './random.ts'
import type { Row, Templates } from './templates.ts'

export type Plan = {
  key: string
  name: string
  /** Ids of the members; the first is the manager. */
  people: readonly [string, ...string[]]
  tasks: number
  events: number
  /** The instant at a share (0…1) of the project's life. */
  when: (share: number) => number
}

export type Setting = { plan: Plan; templates: Templates; random: Random; inboxes: Inboxes; chronicle: Chronicle }

/** The rows that a project begins with. */
export type OpeningRows = { project: Row; members: Row[]; columns: Row[] }

/** Yields the events that create the project, its manager, its columns and its other members, and fills `rows`. */
export function* openProject(
  { plan, templates, random, inboxes, chronicle }: Setting,
  rows: OpeningRows,
): Generator<Event> {
  const { key, name, people } = plan
  const [manager, ...others] = people
  const join = (user_id: string, role: string): Event => {
    const member = { ...templates.project_members.data, user_id, role, ...chronicle.newFields() }
    rows.members.push(member)
    const event = chronicle.write('member.added', member, manager)
    inboxes.notify('project_invited', [user_id], event, { role, project_key: key, project_name: name })
    return event
  }
  const fresh = { ...chronicle.newStamps(), id: chronicle.project_id, key, name, created_by: manager }
  rows.project = { ...templates.projects.data, ...fresh }
  yield chronicle.write('project.created', rows.project, manager)
  yield join(manager, 'manager')
  for (const [n, [column, title, category]] of COLUMNS.entries()) {
    const facts = { key: column, name: title, category, position: String((n + 1) * 1024) }
    const row = { ...templates.board_columns.data, ...facts, ...chronicle.newFields() }
    rows.columns.push(row)
    yield chronicle.write('column.created', row, manager)
  }
  for (const person of others) yield join(person, random.chance(0.5) ? 'editor' : 'contributor')
}
