import type { Board, BoardColumn, BoardTask } from './apply-event.ts'
import { covers, withRanked } from './apply-event.ts'
import type { Changes, NewTask, Place, Problem, Task } from './types.ts'

/** Something that a person did to a board. A task that the server does not have yet goes by the id that its creation gave it. */
export type Deed =
  | { kind: 'create'; task_id: string; fields: NewTask }
  | { kind: 'move'; task_id: string; place: Place }
  | { kind: 'edit'; task_id: string; changes: Changes; base_seq?: number }
  | { kind: 'remove'; task_id: string }
  | { kind: 'comment'; task_id: string; body: string }

/** A deed on its way to the server, as the outbox keeps it. */
export type Act = Deed & {
  /** Idempotency-Key and X-Request-Id of its request: what it does, it does once. */
  key: string
  /** Whose it is: server and user. Nobody else sends it. */
  owner: string
  project_id: string
  /** Acts are sent in this order. */
  n: number
  made_at: number
  /** When it was sent first. Whether it was done is not known until there is an answer. */
  sent_at?: number
  /** The server said no: it waits to be retried or dismissed. */
  problem?: Problem
}

/** What the server answered to an act that it has done. */
export type Done = {
  /** The project's head after it. */
  seq: number
  /** The task as it then was; null when it is gone, undefined when the answer did not say. */
  task?: Task | null
}

/** What became of an act in the end. */
export type Settled = { ok: true; done: Done } | { ok: false; problem: Problem }

/** An act as a board shows it: done ones stay until the board itself has come as far. */
export type ShownAct = { act: Act; done?: Done }

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

  /** Takes a task off its column; gives the task. */
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

/** A set after an edit of it. */
const edited = (ids: string[], whole?: string[], add: string[] = [], remove: string[] = []) =>
  whole ?? [...new Set([...ids, ...add])].filter((id) => !remove.includes(id))

const present = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>

/** A task after an edit, as far as a client can tell. */
export function editedTask(task: BoardTask, changes: Changes): BoardTask {
  const { assignee_ids, add_assignee_ids, remove_assignee_ids, label_ids, add_label_ids, remove_label_ids, ...rest } =
    changes
  const { status: _status, ...fields } = rest
  return {
    ...task,
    ...(present(fields) as Partial<BoardTask>),
    assignee_ids: edited(task.assignee_ids, assignee_ids, add_assignee_ids, remove_assignee_ids),
    label_ids: edited(task.label_ids, label_ids, add_label_ids, remove_label_ids),
    pending: true,
  }
}

/** A task that the server does not have yet. */
function newTask(act: Act & { kind: 'create' }, first: string): BoardTask {
  const at = new Date(act.made_at).toISOString()
  const { fields } = act
  return {
    id: act.task_id,
    project_id: act.project_id,
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

function applyDeed(draft: Draft, act: Act): void {
  if (act.kind === 'create') draft.put(newTask(act, draft.columns[0]?.key ?? ''))
  else if (act.kind === 'remove') draft.take(act.task_id)
  else if (act.kind === 'edit') applyEdit(draft, act)
  else if (act.kind === 'comment')
    draft.change(act.task_id, (task) => ({ ...task, comment_count: task.comment_count + 1, pending: true }))
  else {
    const task = draft.take(act.task_id)
    if (task) draft.put({ ...task, status: act.place.status ?? task.status, pending: true }, act.place)
  }
}

/** A new status moves a task to the bottom of that column; archiving removes it. */
function applyEdit(draft: Draft, { task_id, changes }: Act & { kind: 'edit' }): void {
  const { status } = changes
  const task = draft.find(task_id)?.task
  if (!task) return
  const after = editedTask(task, changes)
  if (!isOnBoard(after)) draft.take(task_id)
  else if (status !== undefined && status !== task.status) {
    draft.take(task_id)
    draft.put({ ...after, status })
  } else draft.change(task_id, () => after)
}

/** What the server has made of a task, on a board that has not come so far. */
function applyDone(draft: Draft, task_id: string, task: Task | null): void {
  const old = draft.take(task?.id ?? task_id)
  if (task === null) return
  draft.rank(old && old.seq >= task.seq ? old : task)
}

/**
 * The board as it is for somebody whose acts are on their way: applied in their order onto the server's board. Nothing
 * is ever taken back: an act that is refused, or done, is left out the next time.
 */
export function applyActs(board: Board, acts: readonly ShownAct[]): Board {
  if (acts.length === 0) return board
  const draft = new Draft(board.columns)
  for (const { act, done } of acts) {
    if (done?.task !== undefined) applyDone(draft, act.task_id, done.task)
    else applyDeed(draft, act)
  }
  return { ...board, columns: draft.columns }
}
