import { comparePositions } from './position.ts'
import type { BoardAnswer, Event, Label } from './types.ts'

type SnapshotColumn = BoardAnswer['columns'][number]
type SnapshotMember = BoardAnswer['members'][number]
export type BoardTask = SnapshotColumn['tasks'][number] & {
  /** Fields whose new value was too long for an event: GET the task to read them. */
  truncated?: string[]
  /** Whether pending mutations, which the server has not confirmed yet, have changed it. */
  pending?: true
}

/** A column. The two optional fields are for columns of which only the first tasks are loaded. */
export type BoardColumn = Omit<SnapshotColumn, 'tasks'> & {
  tasks: BoardTask[]
  /** The rank up to which tasks are loaded; `next_cursor` goes on after it. */
  loaded_to?: Rank
  /** Whether its tasks got new ranks, so that `next_cursor` is of no use: read the board again for the rest. */
  stale?: boolean
}
type Rank = Pick<BoardTask, 'position' | 'id'>

/** A member who joined meanwhile comes without `user`: an event holds the membership, not the person. */
export type BoardMember = Omit<SnapshotMember, 'user'> & Partial<Pick<SnapshotMember, 'user'>>

/** The answer of GET /projects/{id}/board, kept up to date by events. */
export type Board = Omit<BoardAnswer, 'columns' | 'members'> & {
  columns: BoardColumn[]
  members: BoardMember[]
  /** Whether the project has been deleted. */
  deleted?: boolean
}

export const compareRanks = (a: Rank, b: Rank) =>
  comparePositions(a.position, b.position) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Whether a task at this place belongs to the part of the column that is loaded. */
export const covers = ({ next_cursor, loaded_to }: BoardColumn, place: Rank) =>
  next_cursor === null || (loaded_to !== undefined && compareRanks(place, loaded_to) <= 0)

/** The column with the rank of `last` as the end of its loaded tasks; unchanged without `last`. */
export const endingAt = (column: BoardColumn, last: Rank | undefined): BoardColumn =>
  last ? { ...column, loaded_to: { position: last.position, id: last.id } } : column

const withLimit = (column: BoardColumn): BoardColumn =>
  column.next_cursor === null || column.loaded_to ? column : endingAt(column, column.tasks.at(-1))

/** The tasks, which are in the order of their ranks, with one more at its place. */
export function withRanked(tasks: BoardTask[], task: BoardTask): BoardTask[] {
  let [low, high] = [0, tasks.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareRanks(tasks[middle] as BoardTask, task) < 0) low = middle + 1
    else high = middle
  }
  return tasks.toSpliced(low, 0, task)
}

/** The column with the task as it now is, or without it; `delta` is added to `task_count`. */
function place(column: BoardColumn, task: BoardTask, present: boolean, delta: number): BoardColumn {
  const others = column.tasks.filter(({ id }) => id !== task.id)
  const tasks = present && covers(column, task) ? withRanked(others, task) : others
  return { ...column, tasks, task_count: column.task_count + delta }
}

/** The row of an event, which has the shape of its table (I9). */
const rowOf = <T>({ data }: Event) => data as T

/** Fields that tasks of older releases do not have in the journal. */
const LATER_FIELDS = {
  label_ids: [],
  archived_at: null,
  is_blocked: false,
  comment_count: 0,
  checklist_done: 0,
  checklist_total: 0,
}

/** The task of an event. Fields that were too long for it stay as they were, or are empty if they are not known. */
function taskOf(board: Board, event: Event): BoardTask {
  const { entity_id, data, truncated } = event
  if (!truncated) return { ...LATER_FIELDS, ...rowOf<BoardTask>(event) }
  const old = board.columns.flatMap(({ tasks }) => tasks).find(({ id }) => id === entity_id)
  const unknown = Object.fromEntries(truncated.map((field) => [field, '']))
  return { ...LATER_FIELDS, ...unknown, ...old, ...data, truncated } as BoardTask
}

function applyTask(board: Board, event: Event): Board {
  const { action, changes } = event
  const task = taskOf(board, event)
  const status = changes.status?.[0] ?? task.status
  const [trashed, archived] = [changes.deleted_at?.[0] ?? null, changes.archived_at?.[0] ?? null]
  const wasAway =
    (changes.deleted_at ? trashed : task.deleted_at) ?? (changes.archived_at ? archived : task.archived_at)
  const was = action !== 'task.created' && !wasAway
  const is = action !== 'task.purged' && !task.deleted_at && !task.archived_at
  const columns = board.columns.map((column) => {
    const [before, after] = [was && column.key === status, is && column.key === task.status]
    return before || after ? place(withLimit(column), task, after, Number(after) - Number(before)) : column
  })
  return { ...board, columns }
}

function applyColumn(board: Board, event: Event): Board {
  const { action } = event
  const row = rowOf<Omit<SnapshotColumn, 'task_count' | 'tasks' | 'next_cursor'>>(event)
  const old = board.columns.find(({ id }) => id === row.id) ?? { task_count: 0, tasks: [], next_cursor: null }
  const others = board.columns.filter(({ id }) => id !== row.id)
  const columns = action === 'column.deleted' ? others : [...others, { ...old, ...row }]
  return { ...board, columns: columns.sort(compareRanks) }
}

/** The tasks of a column got new ranks, in the same order. One event tells it for all, and their versions stay. */
function applyRanks(board: Board, event: Event): Board {
  const { positions, ...data } = event.data
  if (!positions)
    throw new RangeError(`Event ${event.seq} is too long to hold the ranks of its column: read the board again`)
  const ranks = positions as Record<string, string> // renumber_column in drizzle/functions/ranks.sql
  const rankOf = <T extends Rank>(task: T): T => {
    const position = ranks[task.id]
    return position === undefined ? task : { ...task, position }
  }
  const next = applyColumn(board, { ...event, data })
  const columns = next.columns.map((column) => {
    if (column.id !== event.entity_id) return column
    const ranked = { ...column, tasks: column.tasks.map(rankOf).sort(compareRanks) }
    return column.next_cursor === null ? ranked : { ...endingAt(ranked, ranked.tasks.at(-1)), stale: true }
  })
  return { ...next, columns }
}

function applyMember(board: Board, event: Event): Board {
  const { action } = event
  const row = rowOf<Omit<BoardMember, 'user'>>(event)
  const old = board.members.find(({ id }) => id === row.id)
  const others = board.members.filter(({ id }) => id !== row.id)
  const members = action === 'member.removed' ? others : [...others, { ...old, ...row }]
  const count = board.member_count
  const delta = Number(action === 'member.added') - Number(action === 'member.removed')
  const sorted = members.sort((a, b) => (a.user_id < b.user_id ? -1 : 1))
  return { ...board, members: sorted, ...(count !== undefined && { member_count: count + delta }) }
}

/** A deleted label is removed from all tasks. One event tells it for all of them, and their versions stay. */
function applyLabel(board: Board, event: Event): Board {
  const { action } = event
  const label = rowOf<Label>(event)
  const others = board.labels.filter(({ id }) => id !== label.id)
  if (action !== 'label.deleted') return { ...board, labels: [...others, label].sort((a, b) => (a.id < b.id ? -1 : 1)) }
  const without = (task: BoardTask) =>
    task.label_ids.includes(label.id) ? { ...task, label_ids: task.label_ids.filter((id) => id !== label.id) } : task
  const columns = board.columns.map((column) => ({ ...column, tasks: column.tasks.map(without) }))
  return { ...board, labels: others, columns }
}

function applyChange(board: Board, event: Event): Board {
  if (event.action === 'column.reordered') return applyRanks(board, event)
  if (event.action === 'project.deleted') return { ...board, deleted: true }
  if (event.entity === 'task') return applyTask(board, event)
  if (event.entity === 'column') return applyColumn(board, event)
  if (event.entity === 'label') return applyLabel(board, event)
  if (event.entity === 'member') return applyMember(board, event)
  if (event.entity === 'project') return { ...board, project: rowOf<Board['project']>(event) }
  return board
}

/**
 * The board after an event. An event that the board has already changes nothing; a column of which only
 * the first tasks are loaded keeps just those. Throws a RangeError when an event is missing in
 * between, or came without the ranks of a long column: then read the board again.
 */
export function applyEvent(board: Board, event: Event): Board {
  if (event.seq <= board.seq) return board
  if (event.seq !== board.seq + 1) {
    throw new RangeError(`Events between ${board.seq} and ${event.seq} are missing: read the board again`)
  }
  return { ...applyChange(board, event), seq: event.seq }
}
