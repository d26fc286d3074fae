import type { MutationResult, QueuedMutation } from './mutations.ts'
import type { Changes, NewTask, Place, Problem, Task } from './types.ts'

/** What the author of a refused mutation corrects: as its kind was given, though only some fields of a new task. */
export type Correction = Partial<NewTask> | Place | Changes | { body: string }

/** The other mutations of the task that `mutation` creates, in order; none if it creates no task. */
export const dependantsOf = (mutation: QueuedMutation, mutations: Iterable<QueuedMutation>): QueuedMutation[] =>
  mutation.kind === 'create'
    ? [...mutations]
        .filter((other) => other !== mutation && other.task_id === mutation.task_id)
        .sort((a, b) => a.n - b.n)
    : []

/** The mutation that creates the task of another one, if it is among them; undefined for the creation itself. */
export const creationOf = (mutation: QueuedMutation, mutations: Iterable<QueuedMutation>): QueuedMutation | undefined =>
  [...mutations].find((other) => other !== mutation && other.kind === 'create' && other.task_id === mutation.task_id)

const hasNeighbour = ({ before, after }: Place, id: string) => before === id || after === id

const leaveOutNeighbour = ({ before, after, ...rest }: Place, id: string): Place => ({
  ...rest,
  ...(before && before !== id && { before }),
  ...(after && after !== id && { after }),
})

const withoutNeighbour = (mutation: QueuedMutation, id: string): QueuedMutation =>
  mutation.kind === 'move' && hasNeighbour(mutation.place, id)
    ? { ...mutation, place: leaveOutNeighbour(mutation.place, id) }
    : mutation

/** The mutation with the id `from` of a task replaced by `to`, for a task that the server has given its own id. */
export function renameTask(mutation: QueuedMutation, from: string, to: string): QueuedMutation {
  const own = mutation.task_id === from ? { ...mutation, task_id: to } : mutation
  if (own.kind !== 'move' || (own === mutation && !hasNeighbour(own.place, from))) return own
  return { ...own, place: placeWithIds(own.place, own.task_id, (id) => (id === from ? to : id)) }
}

/**
 * The place of the task `task_id` with the ids that the server has given to the tasks in it. Without a neighbour that
 * is this task itself: its author may know it by two ids, of which the server knows one.
 */
export function placeWithIds({ before, after, ...rest }: Place, task_id: string, idOf: (id: string) => string): Place {
  const known = { ...rest, ...(before && { before: idOf(before) }), ...(after && { after: idOf(after) }) }
  return leaveOutNeighbour(known, task_id)
}

/**
 * A refused mutation as its author corrected it: fields of a new task that are not given stay, all else is replaced.
 * Throws TypeError for a removal.
 */
export function correct(
  mutation: QueuedMutation,
  correction: Correction,
  idOf: (id: string) => string,
): QueuedMutation {
  switch (mutation.kind) {
    case 'create':
      return { ...mutation, fields: { ...mutation.fields, ...(correction as Partial<NewTask>) } }
    case 'move':
      return { ...mutation, place: placeWithIds(correction as Place, mutation.task_id, idOf) }
    case 'edit':
      return { ...mutation, changes: correction as Changes }
    case 'comment':
      return { ...mutation, ...(correction as { body: string }) }
    case 'remove':
      throw new TypeError('A removal has nothing to change: retry it without changes, or dismiss it')
  }
}

/** The fields that a mutation writes, other than sets, which never conflict; undefined for all. */
export function fieldsOf(mutation: QueuedMutation): string[] | undefined {
  if (mutation.kind === 'create') return undefined
  if (mutation.kind === 'edit') return Object.keys(mutation.changes).filter((field) => !/^(add|remove)_/.test(field))
  return mutation.kind === 'move' ? ['status'] : []
}

/**
 * Lets an edit begin from the version `task`, which our earlier mutation `on` has made, if `on` wrote every field of
 * the edit.
 */
function rebase(mutation: QueuedMutation, on: QueuedMutation, task: Task): QueuedMutation {
  if (mutation.kind !== 'edit' || mutation.task_id !== task.id || mutation.n < on.n) return mutation
  const written = fieldsOf(on)
  if (!fieldsOf(mutation)?.every((field) => written?.includes(field) ?? true)) return mutation
  return { ...mutation, base_seq: Math.max(mutation.base_seq ?? 0, task.seq) }
}

const refuse = (mutation: QueuedMutation, problem: Problem): QueuedMutation => ({ ...mutation, problem })

/**
 * What the answer to a mutation changes in those that wait: they get the real id of its task and build on its version;
 * those on a task whose creation was refused are refused too. Returns what to store, and the keys to forget.
 */
export function withAnswer(
  mutation: QueuedMutation,
  result: MutationResult,
  mutations: QueuedMutation[],
): { keep: QueuedMutation[]; forget: string[] } {
  const waiting = mutations.filter(({ key, project_id }) => key !== mutation.key && project_id === mutation.project_id)
  const changed = (change: (other: QueuedMutation) => QueuedMutation) =>
    waiting.map((other) => [other, change(other)] as const)
  if (!result.ok) {
    const lost = new Set(dependantsOf(mutation, waiting).map(({ key }) => key))
    const pairs = changed((other) => {
      if (lost.has(other.key)) return refuse(other, result.problem)
      return mutation.kind === 'create' ? withoutNeighbour(other, mutation.task_id) : other
    })
    return { keep: [refuse(mutation, result.problem), ...changedOf(pairs)], forget: [] }
  }
  const { task } = result.answer
  const pairs = changed((other) => {
    const named = mutation.kind === 'create' && task ? renameTask(other, mutation.task_id, task.id) : other
    return task ? rebase(named, mutation, task) : named
  })
  return { keep: changedOf(pairs), forget: [mutation.key] }
}

const changedOf = (pairs: (readonly [QueuedMutation, QueuedMutation])[]) =>
  pairs.filter(([a, b]) => a !== b).map(([, b]) => b)
