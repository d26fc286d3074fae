import type { MutationResult, QueuedMutation } from './mutations.ts'
import type { Problem, Task } from './types.ts'

/** Mutations on a task that another mutation is to create. */
export const dependants = (mutation: QueuedMutation, mutations: Iterable<QueuedMutation>): QueuedMutation[] =>
  mutation.kind === 'create'
    ? [...mutations]
        .filter((other) => other !== mutation && other.task_id === mutation.task_id)
        .sort((a, b) => a.n - b.n)
    : []

const withoutNeighbour = (mutation: QueuedMutation, id: string): QueuedMutation => {
  if (mutation.kind !== 'move' || (mutation.place.before !== id && mutation.place.after !== id)) return mutation
  const { before, after, ...place } = mutation.place
  return {
    ...mutation,
    place: { ...place, ...(before && before !== id && { before }), ...(after && after !== id && { after }) },
  }
}

/** A mutation that named a task by the id that its creation gave it, and now by the server's. */
export function renamed(mutation: QueuedMutation, from: string, to: string): QueuedMutation {
  const own = mutation.task_id === from ? { ...mutation, task_id: to } : mutation
  if (own.kind !== 'move' || (own.place.before !== from && own.place.after !== from)) return own
  const { before, after } = own.place
  return {
    ...own,
    place: {
      ...own.place,
      ...(before === from && { before: to }),
      ...(after === from && { after: to }),
    },
  }
}

/** The fields that a mutation writes, other than sets, which never conflict; undefined for all. */
export function fieldsOf(mutation: QueuedMutation): string[] | undefined {
  if (mutation.kind === 'create') return undefined
  if (mutation.kind === 'edit') return Object.keys(mutation.changes).filter((field) => !/^(add|remove)_/.test(field))
  return mutation.kind === 'move' ? ['status'] : []
}

/** An edit that was made on top of another mutation of ours, of the same fields: the other's version is what it begins from. */
function rebased(mutation: QueuedMutation, on: QueuedMutation, task: Task): QueuedMutation {
  if (mutation.kind !== 'edit' || mutation.task_id !== task.id || mutation.n < on.n) return mutation
  const written = fieldsOf(on)
  if (!fieldsOf(mutation)?.every((field) => written?.includes(field) ?? true)) return mutation
  return { ...mutation, base_seq: Math.max(mutation.base_seq ?? 0, task.seq) }
}

const refused = (mutation: QueuedMutation, problem: Problem): QueuedMutation => ({ ...mutation, problem })

/**
 * What the answer to a mutation makes of those that wait: they name its task by its real id, and build on its version;
 * those on a task that was refused are refused with it.
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
    const lost = new Set(dependants(mutation, waiting).map(({ key }) => key))
    const pairs = changed((other) => {
      if (lost.has(other.key)) return refused(other, result.problem)
      return mutation.kind === 'create' ? withoutNeighbour(other, mutation.task_id) : other
    })
    return { keep: [refused(mutation, result.problem), ...different(pairs)], forget: [] }
  }
  const { task } = result.answer
  const pairs = changed((other) => {
    const named = mutation.kind === 'create' && task ? renamed(other, mutation.task_id, task.id) : other
    return task ? rebased(named, mutation, task) : named
  })
  return { keep: different(pairs), forget: [mutation.key] }
}

const different = (pairs: (readonly [QueuedMutation, QueuedMutation])[]) =>
  pairs.filter(([a, b]) => a !== b).map(([, b]) => b)
