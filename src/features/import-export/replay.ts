import type { Entry, Header } from './entry.ts'
import { isGone, isGoneAlong, type Known, knownOf, printOf } from './known.ts'
import { demand } from './lines.ts'
import { type Quotas, Rules } from './rules.ts'
import { type Summary, summaryOf } from './summary.ts'

type Fields = Record<string, unknown>

const MADE = ['column', 'label', 'task', 'link', 'comment', 'checklist', 'checklist_item', 'webhook']
const BIRTHS = new Set(['project.created', 'member.added', ...MADE.map((entity) => `${entity}.created`)])
const ENDED = MADE.filter((entity) => entity !== 'task').map((entity) => `${entity}.deleted`)
const DEATHS = new Set(['member.removed', 'task.purged', ...ENDED])
const FIXED = [
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

/** How far a clock may have been set back: the most that a file may be ahead of ours, and as much again. */
const SET_BACK_MS = 2 * CLOCK_SKEW_MS

const later = (instant: string, ms: number) => new Date(Date.parse(instant) + ms).toISOString()
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** The row before a change, from the old values in its `changes`. */
function rowBefore({ seq, data, changes }: Entry): Fields {
  const after: Fields = data
  const before: Fields = { ...data }
  for (const [field, pair] of Object.entries(changes)) {
    if (pair === undefined) continue
    demand(!FIXED.includes(field), seq, `changes ${field}, which no line may change`)
    demand(same(pair[1], after[field]), seq, `changes ${field} to another value than its data has`)
    before[field] = pair[0]
  }
  return before
}

/**
 * Replays a journal line by line, and throws at the first line that cannot be true: one that is out
 * of order, speaks of what does not exist, or changes from a value that was not there. Its memory is
 * a digest per row, however long the rows are.
 */
export class Replay {
  seq = 0
  readonly #header: Header
  readonly #latest: string
  #reached = ''
  readonly #known = new Map<string, Known>()
  readonly #rules: Rules

  constructor(header: Header, now: Date, quotas: Quotas) {
    this.#header = header
    this.#latest = later(now.toISOString(), CLOCK_SKEW_MS)
    this.#rules = new Rules(header.project.key, this.#known, quotas)
  }

  /** The highest number that a task has had. */
  get counter(): number {
    return this.#rules.counter
  }

  step(entry: Entry): void {
    const { seq, action } = entry
    demand(seq === this.seq + 1, this.seq + 1, `has seq ${seq}, and ${this.seq + 1} comes next`)
    this.#checkFrame(entry)
    this.#checkTimes(entry)
    if (BIRTHS.has(action)) this.#born(entry)
    else if (DEATHS.has(action)) this.#dies(entry)
    else if (action === 'column.reordered') this.#reordered(entry)
    else this.#changed(entry)
    this.seq = seq
  }

  /** After the last line. */
  finish(): void {
    const { seq } = this.#header
    demand(this.seq > 0, 1, 'is missing: there is no journal')
    demand(seq === undefined || seq === this.seq, this.seq + 1, `is not the end: the header promises seq ${seq}`)
    this.#rules.finish(this.seq)
  }

  /** What there is after the last line. */
  summary(): Summary {
    return summaryOf(this.#known)
  }

  /** Checks the fields that every line must have. */
  #checkFrame({ seq, project_id, task_id, entity, entity_id, data, action }: Entry): void {
    const project = this.#header.project.id
    const about = entity === 'project' ? data.id : data.project_id
    demand(project_id === project && about === project, seq, 'is about another project')
    demand(data.id === entity_id, seq, 'has another id in its data than in entity_id')
    const task = 'task_id' in data ? data.task_id : entity === 'task' ? entity_id : null
    demand(task_id === task, seq, 'has a task_id that is not its own')
    demand(
      (action === 'project.created') === (seq === 1),
      seq,
      'must be project.created if it is the first, and only then',
    )
  }

  /** Time goes on from line to line; no row was written after its line, and nothing is of the future. */
  #checkTimes({ seq, data, created_at }: Entry): void {
    demand(created_at <= this.#latest, seq, 'is of the future')
    if (created_at > this.#reached) this.#reached = created_at
    demand(
      Date.parse(created_at) >= Date.parse(this.#reached) - SET_BACK_MS,
      seq,
      'has a created_at before an earlier line',
    )
    const row: Fields = data
    const notAfter = (field: string, latest: string, what: string) => {
      const at = row[field]
      demand(typeof at !== 'string' || Date.parse(at) <= Date.parse(latest), seq, `has ${field} ${what}`)
    }
    for (const field of ['created_at', 'updated_at'])
      notAfter(field, later(created_at, CLOCK_SKEW_MS), 'after the line itself')
    for (const field of ['started_at', 'completed_at', 'deleted_at', 'archived_at', 'edited_at'])
      notAfter(field, this.#latest, 'of the future')
    const inOrder = Date.parse(data.updated_at) >= Date.parse(data.created_at) - SET_BACK_MS
    demand(inOrder, seq, 'has updated_at before created_at')
  }

  #alive({ entity, entity_id, seq }: Entry): Known {
    const known = this.#known.get(entity_id)
    demand(known !== undefined && !isGone(this.#known, known), seq, `speaks of a ${entity} that does not exist`)
    return known
  }

  #born(entry: Entry): void {
    const { data, entity, entity_id, changes, seq } = entry
    demand(this.#mayBeCreated(entry), seq, `creates a ${entity} that exists, or existed`)
    demand(Object.keys(changes).length === 0 && data.seq === seq, seq, 'creates something with changes or another seq')
    this.#rules.born(entry)
    this.#rules.placed(entry)
    this.#known.set(entity_id, knownOf(entry))
  }

  /** A task that went to another project may come back, and bring along what it took along. */
  #mayBeCreated({ entity, entity_id }: Entry): boolean {
    const former = this.#known.get(entity_id)
    if (former === undefined) return true
    return (
      former.entity === entity && (entity === 'task' ? former.gone : !former.gone && isGoneAlong(this.#known, former))
    )
  }

  #dies(entry: Entry): void {
    const known = this.#alive(entry)
    demand(Object.keys(entry.changes).length === 0, entry.seq, 'ends something, and has changes')
    this.#requireState(known, entry.data, entry.seq)
    const { seq, updated_at } = entry.data
    demand(seq === known.seq && updated_at === known.updated_at, entry.seq, 'ends a row of another seq or updated_at')
    this.#rules.dies(entry, known)
    known.gone = true
  }

  #changed(entry: Entry): void {
    const known = this.#alive(entry)
    demand(entry.data.seq === entry.seq, entry.seq, 'has another seq in its data')
    this.#requireState(known, rowBefore(entry), entry.seq)
    if (entry.entity === 'task') this.#rules.changed(entry, known)
    if (entry.entity === 'checklist_item') this.#rules.assigned(entry)
    this.#rules.placed(entry)
    this.#known.set(entry.entity_id, knownOf(entry, known.born))
  }

  /** The tasks of a column got new ranks, in the same order. */
  #reordered(entry: Entry): void {
    const { seq, data } = entry
    demand(entry.entity === 'column' && entry.data.positions !== undefined, seq, 'has no positions')
    const known = this.#alive(entry)
    demand(data.seq === seq, seq, 'has another seq in its data')
    this.#requireState(known, data, seq)
    this.#rules.placed(entry)
    known.seq = seq
    known.updated_at = data.updated_at
    for (const [id, position] of Object.entries(entry.data.positions)) {
      const task = this.#known.get(id)
      demand(task !== undefined && !task.gone && task.data.status === entry.data.key, seq, 'ranks a task of elsewhere')
      task.position = position
    }
  }

  #requireState({ print, position, data }: Known, row: Fields, seq: number): void {
    const labels = data.label_ids?.filter((id) => !this.#known.get(id)?.gone) // their end has taken them off
    const follows = print === printOf(row) && position === row.position && same(labels, row.label_ids)
    demand(follows, seq, 'does not follow from the lines before it')
  }
}
