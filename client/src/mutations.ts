import type { Board, BoardColumn, BoardTask } from './apply-event.ts'
import { covers, withRanked } from './apply-event.ts'
import type { Changes, NewTask, Place, Problem, Task } from './types.ts'

/** A change that a person makes to a board. A task that the server does not have yet has the id of its `create`. */
export type Mutation =
  | { kind: 'create'; task_id: string; fields: NewTask }
  | { kind: 'move'; task_id: string; place: Place }
  | { kind: 'edit'; task_id: string; changes: Changes; base_seq?: number }
  | { kind: 'remove'; task_id: string }
  | { kind: 'comment'; task_id: string; body: string }

/** A mutation on its way to the server, as the outbox keeps it. */
export type QueuedMutation = Mutation & {
  /** Idempotency-Key and X-Request-Id of its request, so that it takes effect once. */
  key: string
  /** The server's address and the id of the person who made it. Nobody else sends it. */
  owner: string
  project_id: string
  /** Mutations are sent in this order. */
  n: number
  /** Milliseconds since 1970. */
  made_at: number
  /** When it was first sent, in milliseconds since 1970. Whether it was done is not known until there is an answer. */
  sent_at?: number
  /** Why the server refused it. It then waits to be retried or dismissed. */
  problem?: Problem
}

/** What the server answered to a mutation that it has done. */
export type MutationAnswer = {
  /** The project's head after it. */
  seq: number
  /** The task as it then was; null when it is gone, undefined when the answer did not say. */
  task?: Task | null
}

/** The final result of a mutation. */
export type MutationResult = { ok: true; answer: MutationAnswer } | { ok: false; problem: Problem }

/**
 * A mutation as a board shows it. One that is done has an `answer`, and stays until the server's board has reached its
 * seq.
 */
export type AppliedMutation = { mutation: QueuedMutation; answer?: MutationAnswer }

const isOnBoard = ({ deleted_at, archived_at }: BoardTask) => !deleted_at && !archived_at

/** Columns whose lists of tasks may be changed in place, as they are copies. */
class Draft {
  readonly columns: BoardColumn[]
  readonly #copied = new Set<string>()

  constructor(columns: BoardColumn[]) {
    this.columns = [...columns]
  }

  at(key: string | undefined): BoardColumn | undefined {
    const i = this.columns.findIndex((column) => column.key === key)
    const column = this.columns[i]
    if (!column || this.#copied.has(column.key)) return column
    this.#copied.add(column.key)
    const copy = { ...column, tasks: [...column.tasks] }
    this.columns[i] = copy
    return copy
  }

  find(id: string): { column: BoardColumn; index: number; task: BoardTask } | undefined {
    for (const { key, tasks } of this.columns) {
      const index = tasks.findIndex((task) => task.id === id)
      const task = tasks[index]
      if (task) return { column: this.at(key) as BoardColumn, index, task }
    }
    return undefined
  }

  /** Removes a task from its column and returns it; undefined if it is not loaded. */
  take(id: string): BoardTask | undefined {
    const found = this.find(id)
    if (!found) return undefined
    found.column.tasks.splice(found.index, 1)
    found.column.task_count -= 1
    return found.task
  }

  /** Puts a task beside its neighbour, or at the bottom: there it shows only when the column is loaded to its end. */
  put(task: BoardTask, { before, after }: Place = {}): void {
    if (!isOnBoard(task)) return
    const column = this.at(task.status) ?? this.at(this.columns[0]?.key)
    if (!column) return
    column.task_count += 1
    const indexOf = (id: string | undefined) => (id ? column.tasks.findIndex((other) => other.id === id) : -1)
    const [behind, ahead] = [indexOf(after), after ? -1 : indexOf(before)]
    if (behind >= 0) column.tasks.splice(behind + 1, 0, task)
    else if (ahead >= 0) column.tasks.splice(ahead, 0, task)
    else if (column.next_cursor === null) column.tasks.push(task)
  }

  /** Puts a task where its rank says, as the server has it. */
  rank(task: BoardTask): void {
    if (!isOnBoard(task)) return
    const column = this.at(task.status)
    if (!column) return
    column.task_count += 1
    if (covers(column, task)) column.tasks = withRanked(column.tasks, task)
  }

  change(id: string, change: (task: BoardTask) => BoardTask): void {
    const found = this.find(id)
    if (found) found.column.tasks[found.index] = change(found.task)
  }
}

/** The ids of a set after an edit: `whole` replaces them. */
const editIds = (ids: string[], whole?: string[], add: string[] = [], remove: string[] = []) =>
  whole ?? [...new Set([...ids, ...add])].filter((id) => !remove.includes(id))

const pickDefined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>

/** A task after an edit, as far as a client can tell. */
function editTask(task: BoardTask, changes: Changes): BoardTask {
  const { assignee_ids, add_assignee_ids, remove_assignee_ids, label_ids, add_label_ids, remove_label_ids, ...rest } =
    changes
  const { status: _status, ...fields } = rest
  return {
    ...task,
    ...(pickDefined(fields) as Partial<BoardTask>),
    assignee_ids: editIds(task.assignee_ids, assignee_ids, add_assignee_ids, remove_assignee_ids),
    label_ids: editIds(task.label_ids, label_ids, add_label_ids, remove_label_ids),
    pending: true,
  }
}

/** The task that a `create` shows until the server has it. `first`: the key of the first column. */
function newTaskOf(mutation: QueuedMutation & { kind: 'create' }, first: string): BoardTask {
  const at = new Date(mutation.made_at).toISOString()
  const { fields } = mutation
  return {
    id: mutation.task_id,
    project_id: mutation.project_id,
    number: '',
    title: fields.title,
    description: fields.description ?? '',
    status: fields.status ?? first,
    position: '',
    priority: fields.priority ?? 'none',
    assignee_ids: fields.assignee_ids ?? [],
    label_ids: fields.label_ids ?? [],
    parent_id: fields.parent_id ?? null,
    estimate: fields.estimate ?? null,
    start_date: fields.start_date ?? null,
    due_date: fields.due_date ?? null,
    started_at: null,
    completed_at: null,
    comment_count: 0,
    checklist_done: 0,
    checklist_total: 0,
    created_by: null,
    deleted_at: null,
    archived_at: fields.archived_at ?? null,
    is_blocked: false,
    created_at: at,
    updated_at: at,
    seq: 0,
    pending: true,
  }
}

function applyMutation(draft: Draft, mutation: QueuedMutation): void {
  if (mutation.kind === 'create') draft.put(newTaskOf(mutation, draft.columns[0]?.key ?? ''))
  else if (mutation.kind === 'remove') draft.take(mutation.task_id)
  else if (mutation.kind === 'edit') applyEdit(draft, mutation)
  else if (mutation.kind === 'comment')
    draft.change(mutation.task_id, (task) => ({ ...task, comment_count: task.comment_count + 1, pending: true }))
  else {
    const task = draft.take(mutation.task_id)
    if (task) draft.put({ ...task, status: mutation.place.status ?? task.status, pending: true }, mutation.place)
  }
}

/** A new status moves a task to the bottom of that column; archiving removes it. */
function applyEdit(draft: Draft, { task_id, changes }: QueuedMutation & { kind: 'edit' }): void {
  const { status } = changes
  const task = draft.find(task_id)?.task
  if (!task) return
  const after = editTask(task, changes)
  if (!isOnBoard(after)) draft.take(task_id)
  else if (status !== undefined && status !== task.status) {
    draft.take(task_id)
    draft.put({ ...after, status })
  } else draft.change(task_id, () => after)
}

/** Shows a task as the server's answer has it, on a board that has not reached that seq. */
function applyAnswer(draft: Draft, task_id: string, task: Task | null): void {
  const old = draft.take(task?.id ?? task_id)
  if (task === null) return
  draft.rank(old && old.seq >= task.seq ? old : task)
}

/**
 * The server's board with somebody's pending mutations applied in their order. Nothing is ever reversed: a mutation
 * that is refused, or that the board has, is left out the next time.
 */
export function applyMutations(board: Board, mutations: readonly AppliedMutation[]): Board {
  if (mutations.length === 0) return board
  const draft = new Draft(board.columns)
  for (const { mutation, answer } of mutations) {
    if (answer?.task !== undefined) applyAnswer(draft, mutation.task_id, answer.task)
    else applyMutation(draft, mutation)
  }
  return { ...board, columns: draft.columns }
}
