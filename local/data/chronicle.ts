import type { Event } from './inboxes.ts'
import type { Random } from './random.ts'
import type { Row } from './templates.ts'

export const iso = (at: number) => new Date(at).toISOString()

/** A project's journal while it is being written: what time it is in the story, and the last seq. */
export class Chronicle {
  readonly project_id: string
  at: number
  seq = 0
  readonly #random: Random

  constructor(random: Random, at: number) {
    this.#random = random
    this.at = at
    this.project_id = random.uuid(at)
  }

  /** Stamps of a row that the next event writes. */
  stamps = () => ({ created_at: iso(this.at), updated_at: iso(this.at), seq: this.seq + 1 })

  /** The same and an id, for a new row of the project. */
  fresh = () => ({ id: this.#random.uuid(this.at), project_id: this.project_id, ...this.stamps() })

  write(action: string, data: Row, user_id: string, changes: Row = {}): Event {
    this.seq += 1
    const [entity = ''] = action.split('.')
    const task_id = entity === 'task' ? String(data.id) : null
    const about = { project_id: this.project_id, seq: this.seq, user_id, action, entity, entity_id: data.id, task_id }
    return { ...about, changes, data, request_id: null, created_at: iso(this.at) }
  }
}
