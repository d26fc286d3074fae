import type { Entry, Header } from './entry.ts'
import { digestOf, isDeleted, isDeletedWithOwner, type KnownRow, knownOf } from './known.ts'
import { demand } from './lines.ts'
import { type Quotas, Rules } from './rules.ts'
import { type Summary, summaryOf } from './summary.ts'

type Fields = Record<string, unknown>

const ENTITIES = ['column', 'label', 'task', 'link', 'comment', 'checklist', 'checklist_item', 'webhook']
const CREATE_ACTIONS = new Set(['project.created', 'member.added', ...ENTITIES.map((entity) => `${entity}.created`)])
const DELETED = ENTITIES.filter((entity) => entity !== 'task').map((entity) => `${entity}.deleted`)
const DELETE_ACTIONS = new Set(['member.removed', 'task.purged', ...DELETED])
const FIXED_FIELDS = [
  'id',
  'project_id',
  'key',
  'number',
  'user_id',
  'task_id',
  'checklist_id',
  'created_at',
  'created_by',
  'updated_at',
  'seq',
]
/** How far the clock of another FlowTrack may be ahead. */
const CLOCK_SKEW_MS = 5 * 60_000

/** How far a clock may have been set back between lines: from CLOCK_SKEW_MS ahead of ours to as much behind it. */
const SET_BACK_MS = 2 * CLOCK_SKEW_MS

const addMs = (instant: string, ms: number) => new Date(Date.parse(instant) + ms).toISOString()
const isEqual = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** The row before a change, from the old values in its `changes`. */
function previousRowOf({ seq, data, changes }: Entry): Fields {
  const after: Fields = data
  const before: Fields = { ...data }
  for (const [field, pair] of Object.entries(changes)) {
    if (pair === undefined) continue
    demand(!FIXED_FIELDS.includes(field), seq, `changes ${field}, which no line may change`)
    demand(isEqual(pair[1], after[field]), seq, `changes ${field} to another value than its data has`)
    before[field] = pair[0]
  }
  return before
}

/**
 * Replays a journal line by line, and throws at the first invalid line: one that is out of order, names a row that does
 * not exist, or has an old value that the row did not have. It keeps a digest of each row, not the row.
 */
export class Replay {
  seq = 0
  readonly #header: Header
  readonly #latest: string
  #reached = ''
  readonly #known = new Map<string, KnownRow>()
  readonly #rules: Rules

  constructor(header: Header, now: Date, quotas: Quotas) {
    this.#header = header
    this.#latest = addMs(now.toISOString(), CLOCK_SKEW_MS)
    this.#rules = new Rules(header.project.key, this.#known, quotas)
  }

  /** The highest number that a task has had. */
  get counter(): number {
    return this.#rules.counter
  }

  /** Checks the next line. */
  step(entry: Entry): void {
    const { seq, action } = entry
    demand(seq === this.seq + 1, this.seq + 1, `has seq ${seq}, but ${this.seq + 1} must come next`)
    this.#checkFrame(entry)
    this.#checkTimes(entry)
    if (CREATE_ACTIONS.has(action)) this.#onCreated(entry)
    else if (DELETE_ACTIONS.has(action)) this.#onDeleted(entry)
    else if (action === 'column.reordered') this.#onReordered(entry)
    else this.#onChanged(entry)
    this.seq = seq
  }

  /** Checks what can be known only after the last line. */
  finish(): void {
    const { seq } = this.#header
    demand(this.seq > 0, 1, 'is missing: the file has no journal. Export the project again')
    const last = seq ?? this.seq
    const cut = `is missing: the file ends after seq ${this.seq}, but its header says ${last}. Send the whole file`
    demand(this.seq >= last, this.seq + 1, cut)
    demand(this.seq === last, last + 1, `comes after the end: the header says seq ${last}. Export the project again`)
    this.#rules.finish(this.seq)
  }

  /** Counts what exists after the last line. */
  summarize(): Summary {
    return summaryOf(this.#known)
  }

  /** Checks that the ids of a line agree with its data and the header, and that only the first makes the project. */
  #checkFrame({ seq, project_id, task_id, entity, entity_id, data, action }: Entry): void {
    const project = this.#header.project.id
    const about = entity === 'project' ? data.id : data.project_id
    demand(project_id === project && about === project, seq, 'is about another project')
    demand(data.id === entity_id, seq, 'has another id in its data than in entity_id')
    const task = 'task_id' in data ? data.task_id : entity === 'task' ? entity_id : null
    demand(task_id === task, seq, 'has another task_id than its data')
    demand(
      (action === 'project.created') === (seq === 1),
      seq,
      'must be project.created if it is the first, and only then',
    )
  }

  /** Times go back by SET_BACK_MS at most, no row is later than its line, and none is in the future. */
  #checkTimes({ seq, data, created_at }: Entry): void {
    demand(created_at <= this.#latest, seq, 'has a created_at in the future')
    if (created_at > this.#reached) this.#reached = created_at
    demand(
      Date.parse(created_at) >= Date.parse(this.#reached) - SET_BACK_MS,
      seq,
      'has a created_at before an earlier line',
    )
    const row: Fields = data
    const requireNotAfter = (field: string, latest: string, what: string) => {
      const at = row[field]
      demand(typeof at !== 'string' || Date.parse(at) <= Date.parse(latest), seq, `has ${field} ${what}`)
    }
    for (const field of ['created_at', 'updated_at'])
      requireNotAfter(field, addMs(created_at, CLOCK_SKEW_MS), `later than the line, which is of ${created_at}`)
    for (const field of ['started_at', 'completed_at', 'deleted_at', 'archived_at', 'edited_at'])
      requireNotAfter(field, this.#latest, 'in the future')
    // Not for started_at and the like: other products' files have starts before the card was made.
    for (const field of ['updated_at', 'deleted_at', 'edited_at']) {
      const at = row[field]
      const inOrder = typeof at !== 'string' || Date.parse(at) >= Date.parse(data.created_at) - SET_BACK_MS
      demand(inOrder, seq, `has ${field} before created_at`)
    }
  }

  #requireKnown({ entity, entity_id, seq }: Entry): KnownRow {
    const known = this.#known.get(entity_id)
    demand(known !== undefined && !isDeleted(this.#known, known), seq, `is about a ${entity} that does not exist`)
    return known
  }

  #onCreated(entry: Entry): void {
    const { data, entity, entity_id, changes, seq } = entry
    demand(this.#mayBeCreated(entry), seq, `creates a ${entity} that exists, or existed`)
    demand(
      Object.keys(changes).length === 0 && data.seq === seq,
      seq,
      'creates a row, but has changes or another seq in its data',
    )
    this.#rules.onCreated(entry)
    this.#rules.checkPositions(entry)
    this.#known.set(entity_id, knownOf(entry))
  }

  /** A purged task may be created again (it came back from another project), with the rows that went with it. */
  #mayBeCreated({ entity, entity_id }: Entry): boolean {
    const former = this.#known.get(entity_id)
    if (former === undefined) return true
    return (
      former.entity === entity &&
      (entity === 'task' ? former.deleted : !former.deleted && isDeletedWithOwner(this.#known, former))
    )
  }

  #onDeleted(entry: Entry): void {
    const known = this.#requireKnown(entry)
    demand(Object.keys(entry.changes).length === 0, entry.seq, 'deletes a row, but has changes')
    this.#requireState(known, entry.data, entry.seq)
    const { seq, updated_at } = entry.data
    demand(
      seq === known.seq && updated_at === known.updated_at,
      entry.seq,
      'deletes a row with another seq or updated_at than it had',
    )
    this.#rules.onDeleted(entry, known)
    known.deleted = true
  }

  #onChanged(entry: Entry): void {
    const known = this.#requireKnown(entry)
    demand(entry.data.seq === entry.seq, entry.seq, 'has another seq in its data')
    this.#requireState(known, previousRowOf(entry), entry.seq)
    if (entry.entity === 'task') this.#rules.onChanged(entry, known)
    if (entry.entity === 'column') this.#rules.onColumnChanged(entry)
    if (entry.entity === 'checklist_item') this.#rules.checkAssignee(entry)
    this.#rules.checkPositions(entry)
    this.#known.set(entry.entity_id, knownOf(entry, known.created_line))
  }

  /** The tasks of a column got new ranks, in the same order. */
  #onReordered(entry: Entry): void {
    const { seq, data } = entry
    demand(entry.entity === 'column' && entry.data.positions !== undefined, seq, 'has no positions')
    const known = this.#requireKnown(entry)
    demand(data.seq === seq, seq, 'has another seq in its data')
    this.#requireState(known, data, seq)
    this.#rules.checkPositions(entry)
    known.seq = seq
    known.updated_at = data.updated_at
    for (const [id, position] of Object.entries(entry.data.positions)) {
      const task = this.#known.get(id)
      demand(
        task !== undefined && !task.deleted && task.data.status === entry.data.key,
        seq,
        'gives a position to a task outside the column',
      )
      task.position = position
    }
  }

  #requireState({ digest, position, data }: KnownRow, row: Fields, seq: number): void {
    const labels = data.label_ids?.filter((id) => !this.#known.get(id)?.deleted) // deleting a label takes it off its tasks
    const follows = digest === digestOf(row) && position === row.position && isEqual(labels, row.label_ids)
    demand(follows, seq, 'does not follow from the lines before it')
  }
}
