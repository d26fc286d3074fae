import type { Event } from './inboxes.ts'
import type { Random } from './random.ts'
import type { Row } from './templates.ts'

export const toIso = (at: number) => new Date(at).toISOString()

/** Writes a project's journal. `at` is the current time of the story, in ms; `seq` is the last one written. */
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

  /** The timestamps and the seq of a row that the next event writes. */
  newStamps = () => ({ created_at: toIso(this.at), updated_at: toIso(this.at), seq: this.seq + 1 })

  /** A new id, the id of the project, and what `newStamps` returns: for a new row of the project. */
  newFields = () => ({ id: this.#random.uuid(this.at), project_id: this.project_id, ...this.newStamps() })

  write(action: string, data: Row, user_id: string, changes: Row = {}): Event {
    this.seq += 1
    const [entity = ''] = action.split('.')
    const task_id = entity === 'task' ? String(data.id) : null
    const about = { project_id: this.project_id, seq: this.seq, user_id, action, entity, entity_id: data.id, task_id }
    return { ...about, changes, data, request_id: null, created_at: toIso(this.at) }
  }
}
