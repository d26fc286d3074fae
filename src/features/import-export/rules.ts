import type { Config } from '../../config/config.ts'
import { isFinal } from '../columns/schema.ts'
import { type ChecklistQuotas, Checklists } from './checklist-rules.ts'
import type { Entry } from './entry.ts'
import { isDeleted, type KnownRow } from './known.ts'
import { demand, lineErrorOf } from './lines.ts'
import { checkLinks, checkNewLink } from './link-rules.ts'

type Fields = Record<string, unknown>
type TaskEntry = Entry & { entity: 'task' }
type ItemEntry = Entry & { entity: 'checklist_item' }
type ColumnEntry = Entry & { entity: 'column' }

const MAX_DEPTH = 20
/**
 * The numbers and ranks with which a file may begin, as if tasks had existed before. From there, each line may go as
 * far as a write does, so that an imported project can be exported and imported again.
 */
export const MAX_SKIPPED = 1_000_000
const MAX_FIRST_RANK = 10n ** 15n
const RANK_STEP = 1024n

/** The action that the journal gives to a change of a task (`journal_write` in drizzle/functions/journal.sql). */
function actionOf(changes: Fields, task: { deleted_at: string | null }): string {
  if ('deleted_at' in changes) return task.deleted_at === null ? 'task.restored' : 'task.deleted'
  return 'status' in changes || 'position' in changes ? 'task.moved' : 'task.updated'
}

/** The quotas of a project, which an import obeys as the API does. */
type Quota = 'TASKS' | 'COLUMNS' | 'LABELS' | 'MEMBERS' | 'TASK_LINKS' | 'COMMENTS' | 'TASK_COMMENTS'
export type Quotas = ChecklistQuotas & Pick<Config, `QUOTA_${Quota}`>

/** Checks each line of a replay by the rules that the database has for every write. */
export class Rules {
  /** The highest number that a task has had. */
  counter = 0
  #tasksCreated = 0
  readonly #numbers = new Set<number>()
  readonly #key: string
  readonly #known: ReadonlyMap<string, KnownRow>
  readonly #columns = new Map<string, number>() // existing ones, by key: how many tasks they hold
  readonly #recategorised = new Set<string>() // columns, by key, whose category has changed
  /** By user: how many memberships. Several if an earlier import recorded this user in place of other members. */
  readonly #members = new Map<string, number>()
  readonly #labels = new Set<string>()
  readonly #quotas: Quotas
  #tasks = 0 // those in the trash included
  #comments = 0
  readonly #threads = new Map<string, number>() // by task: how many comments it has
  readonly #checklists: Checklists

  constructor(project_key: string, known: ReadonlyMap<string, KnownRow>, quotas: Quotas) {
    this.#quotas = quotas
    this.#key = project_key
    this.#known = known
    this.#checklists = new Checklists(known, quotas)
  }

  onCreated(entry: Entry): void {
    const { seq } = entry
    if (entry.entity === 'project') demand(entry.data.key === this.#key, seq, 'has another key than the header')
    const { QUOTA_TASKS, QUOTA_COLUMNS, QUOTA_LABELS, QUOTA_MEMBERS } = this.#quotas
    if (entry.entity === 'member') {
      this.#countMembership(entry.data.user_id, 1)
      demand(this.#members.size <= QUOTA_MEMBERS, seq, `makes more than ${QUOTA_MEMBERS} members`)
    }
    if (entry.entity === 'column') {
      demand(!this.#columns.has(entry.data.key), seq, 'creates a column whose key is taken')
      demand(this.#columns.size < QUOTA_COLUMNS, seq, `makes more than ${QUOTA_COLUMNS} columns`)
      this.#columns.set(entry.data.key, 0)
    }
    if (entry.entity === 'link') checkNewLink(entry, this.#known)
    if (entry.entity === 'comment') this.#countComment(entry.data.task_id, 1, seq)
    if (entry.entity === 'checklist' || entry.entity === 'checklist_item') this.#checklists.onCreated(entry)
    if (entry.entity === 'checklist_item') this.checkAssignee(entry)
    if (entry.entity === 'label') {
      this.#labels.add(entry.entity_id)
      demand(this.#labels.size <= QUOTA_LABELS, seq, `makes more than ${QUOTA_LABELS} labels`)
    }
    if (entry.entity === 'task') {
      const [prefix, n] = entry.data.number.split('-')
      demand(prefix === this.#key, seq, `has a task number that does not begin with ${this.#key}`)
      demand(!this.#numbers.has(Number(n)), seq, 'has a task number that another task had')
      this.#numbers.add(Number(n)) // other products' may not rise in order of creation
      this.#tasks += 1
      demand(this.#tasks <= QUOTA_TASKS, seq, `makes more than ${QUOTA_TASKS} tasks`)
      this.counter = Math.max(this.counter, Number(n))
      this.#tasksCreated += 1
      const skipped = this.counter - this.#tasksCreated
      demand(skipped <= MAX_SKIPPED, seq, `leaves more than ${MAX_SKIPPED} numbers unused`)
      this.onChanged(entry, undefined)
    }
  }

  /** Counts a comment on a task: one more, or (`delta` of -1) one less. */
  #countComment(task_id: string, delta: number, seq: number): void {
    const { QUOTA_COMMENTS, QUOTA_TASK_COMMENTS } = this.#quotas
    const task = this.#known.get(task_id)
    const isThere = task?.data.status !== undefined && !task.deleted && !task.data.deleted_at
    demand(isThere, seq, 'is about a comment on a task that is in the trash, or gone')
    const count = (this.#threads.get(task_id) ?? 0) + delta
    this.#threads.set(task_id, count)
    this.#comments += delta
    demand(count <= QUOTA_TASK_COMMENTS, seq, `makes more than ${QUOTA_TASK_COMMENTS} comments on a task`)
    demand(this.#comments <= QUOTA_COMMENTS, seq, `makes more than ${QUOTA_COMMENTS} comments`)
  }

  onDeleted(entry: Entry, { data }: KnownRow): void {
    if (entry.entity === 'member') this.#countMembership(entry.data.user_id, -1)
    if (entry.entity === 'column') {
      demand(this.#columns.get(entry.data.key) === 0, entry.seq, 'deletes a column that still holds tasks')
      this.#columns.delete(entry.data.key)
      demand(this.#columns.size > 0, entry.seq, 'deletes the last column')
    }
    if (entry.entity === 'comment') this.#countComment(entry.data.task_id, -1, entry.seq)
    if (entry.entity === 'checklist' || entry.entity === 'checklist_item') this.#checklists.onDeleted(entry)
    if (entry.entity === 'label') this.#labels.delete(entry.entity_id)
    if (entry.entity === 'task') {
      this.#comments -= this.#threads.get(entry.entity_id) ?? 0
      this.#threads.delete(entry.entity_id)
      this.#checklists.onTaskPurged(entry.entity_id)
      this.#tasks -= 1
      this.#countTask(data.status, -1)
    }
  }

  /** Refuses a rank beyond what this number of events could have reached. */
  checkPositions({ seq, data }: Entry): void {
    const ranks = 'position' in data ? [data.position] : []
    if ('positions' in data) ranks.push(...Object.values(data.positions ?? {}))
    const max = MAX_FIRST_RANK + RANK_STEP * BigInt(seq)
    const far = ranks.some((rank) => BigInt(rank.split('.')[0] ?? '') > max)
    demand(!far, seq, `has a position beyond ${max}`)
  }

  /** The assignee of an item must be a member at the time of the assignment. */
  checkAssignee({ data, changes, action, seq }: ItemEntry): void {
    const isNew = action === 'checklist_item.created' || 'assignee_id' in changes
    const stranger = isNew && data.assignee_id !== null && !this.#members.get(data.assignee_id)
    demand(!stranger, seq, 'assigns somebody who is not a member')
  }

  /** Checks a task after a change. `before`: the task before it; undefined for a new one. */
  onChanged({ data, changes, action, entity_id, seq }: TaskEntry, before: KnownRow | undefined): void {
    const isTouched = (field: string) => before === undefined || field in changes
    if (before) demand(action === actionOf(changes, data), seq, 'has another action than its changes imply')
    demand(this.#columns.has(data.status), seq, `puts a task into ${data.status}, which is not a column`)
    const strangers = isTouched('assignee_ids') && data.assignee_ids.some((id) => !this.#members.get(id))
    demand(!strangers, seq, 'assigns somebody who is not a member')
    const hasOthers = data.label_ids.some((id) => !this.#labels.has(id))
    demand(!hasOthers, seq, 'has a label that the project does not have')
    if (data.parent_id !== null && isTouched('parent_id')) this.#checkParent(entity_id, data.parent_id, seq)
    this.#countTask(before?.data.status, -1)
    this.#countTask(data.status, 1)
  }

  onColumnChanged({ data, changes }: ColumnEntry): void {
    if ('category' in changes) this.#recategorised.add(data.key)
  }

  /** After the last line: checks what a later line could have corrected. */
  finish(seq: number): void {
    demand(this.#columns.size > 0, seq, 'leaves the board without a column')
    this.#checkTies()
    this.#checkDepths()
    this.#checkEnds()
    checkLinks(this.#known, this.#quotas.QUOTA_TASK_LINKS)
    this.#checklists.finish()
    for (const [id, { deleted, line, data }] of this.#known) {
      if (deleted) continue
      const { comment_count, status } = data
      if (status !== undefined && comment_count !== (this.#threads.get(id) ?? 0))
        throw lineErrorOf(line, 'leaves the task with another comment_count than it has comments')
      const orphan = data.parent_id && this.#known.get(data.parent_id)?.deleted
      if (orphan) throw lineErrorOf(line, 'leaves the task below a parent that is gone')
    }
  }

  #checkParent(task: string, parent: string, seq: number): void {
    const { deleted, data } = this.#known.get(parent) ?? {}
    demand(!deleted && !data?.deleted_at, seq, 'has a parent_id in the trash, or gone')
    let depth = 0
    for (let at: string | null | undefined = parent; at; at = this.#known.get(at)?.data.parent_id) {
      demand(this.#known.get(at)?.data.status !== undefined, seq, 'has a parent that is not a task')
      demand(at !== task, seq, 'makes a task its own ancestor')
      depth += 1
      demand(depth <= MAX_DEPTH, seq, `nests tasks more than ${MAX_DEPTH} deep`)
    }
  }

  /** Equal ranks are allowed for a moment, while a column gets new ranks around a task that moves. */
  #checkTies(): void {
    const seen = new Map<string, number>()
    for (const row of this.#known.values()) {
      const { position, line, data } = row
      if (position === undefined || data.deleted_at || isDeleted(this.#known, row)) continue
      const place = `${data.status ?? data.checklist_id ?? data.task_id ?? ''} ${position}`
      const other = seen.get(place)
      if (other) throw lineErrorOf(Math.max(line, other), `leaves two rows at the same position, ${position}`)
      seen.set(place, line)
    }
  }

  /** Checked at the end too, as a task that gets a parent takes its subtasks along. */
  #checkDepths(): void {
    for (const { deleted, line, data } of this.#known.values()) {
      let above = 0
      for (let at = deleted ? null : data.parent_id; at; at = this.#known.get(at)?.data.parent_id) {
        above += 1
        if (above > MAX_DEPTH) throw lineErrorOf(line, `leaves tasks nested more than ${MAX_DEPTH} deep, by parent_id`)
      }
    }
  }

  /**
   * Tasks in `done` and `cancelled` columns have a time of completion, and others have none. Where a category has
   * changed, this is not checked: tasks get their times in steps, and an export may be made before the last one.
   */
  #checkEnds(): void {
    const categories = new Map<string, string>()
    for (const { deleted, data } of this.#known.values())
      if (!deleted && data.column && !this.#recategorised.has(data.column.key))
        categories.set(data.column.key, data.column.category)
    for (const { deleted, line, data } of this.#known.values()) {
      const category = categories.get(data.status ?? '')
      if (deleted || category === undefined) continue
      if (isFinal(category) && !data.completed_at)
        throw lineErrorOf(line, `leaves a ${category} task without completed_at`)
      if (!isFinal(category) && data.completed_at) throw lineErrorOf(line, 'leaves an open task with a completed_at')
    }
  }

  #countMembership(user: string, delta: number): void {
    const times = (this.#members.get(user) ?? 0) + delta
    if (times > 0) this.#members.set(user, times)
    else this.#members.delete(user)
  }

  #countTask(column: string | undefined, delta: number): void {
    if (column !== undefined) this.#columns.set(column, (this.#columns.get(column) ?? 0) + delta)
  }
}
