import type { Task } from './cards.ts'
import type { Random } from './random.ts'
import type { Row } from './templates.ts'

/** Notifications older than this have been read, in ms. */
const UNREAD_FOR = 3 * 86_400_000

/** A row of the journal. */
export type Event = {
  project_id: string
  seq: number
  user_id: string
  action: string
  entity: string
  entity_id: unknown
  task_id: string | null
  changes: Row
  data: Row
  request_id: null
  created_at: string
}

/** Everybody's notifications, numbered as the triggers number them: a row that is read gets a new seq. */
export class Inboxes {
  readonly rows: Row[] = []
  readonly seqs = new Map<string, number>()
  readonly #random: Random
  readonly #until: number

  constructor(random: Random, until: number) {
    this.#random = random
    this.#until = until
  }

  /** Adds a notification of an event for each of `people`, except for the one who did it. */
  notify(kind: string, people: readonly string[], event: Event, data: Row): void {
    const { project_id, task_id, user_id: actor_id, seq: event_seq, created_at } = event
    const at = Date.parse(created_at)
    const read_at = this.#until - at > UNREAD_FOR ? new Date(at + 3_600_000).toISOString() : null
    const dedupe_key = `${kind}:${project_id}:${event_seq}`
    for (const user_id of people) {
      if (user_id === actor_id) continue
      const seq = (this.seqs.get(user_id) ?? 0) + (read_at ? 2 : 1)
      this.seqs.set(user_id, seq)
      const about = { id: this.#random.uuid(at), user_id, seq, kind, project_id, task_id, actor_id, event_seq }
      this.rows.push({ ...about, data, dedupe_key, read_at, created_at })
    }
  }

  notifyOfTask(before: Task, task: Task, event: Event, project: Row): void {
    const facts = { number: task.number, title: task.title, ...project }
    const stay = task.assignee_ids.filter((person) => before.assignee_ids.includes(person))
    const without = (people: string[]) => people.filter((person) => !stay.includes(person))
    this.notify('assigned', without(task.assignee_ids), event, facts)
    this.notify('unassigned', without(before.assignee_ids), event, facts)
    if (before.status !== task.status)
      this.notify('moved', stay, event, { ...facts, status: [before.status, task.status] })
  }
}
