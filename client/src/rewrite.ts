import type { Act, Settled } from './acts.ts'
import type { Problem, Task } from './types.ts'

/** Acts on a task that another act is to create. */
export const dependants = (act: Act, acts: Iterable<Act>): Act[] =>
  act.kind === 'create'
    ? [...acts].filter((other) => other !== act && other.task_id === act.task_id).sort((a, b) => a.n - b.n)
    : []

const withoutNeighbour = (act: Act, id: string): Act => {
  if (act.kind !== 'move' || (act.place.before !== id && act.place.after !== id)) return act
  const { before, after, ...place } = act.place
  return {
    ...act,
    place: { ...place, ...(before && before !== id && { before }), ...(after && after !== id && { after }) },
  }
}

/** An act that named a task by the id that its creation gave it, and now by the server's. */
export function renamed(act: Act, from: string, to: string): Act {
  const own = act.task_id === from ? { ...act, task_id: to } : act
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

/** The fields that an act writes, other than sets, which never conflict; undefined for all. */
export function fieldsOf(act: Act): string[] | undefined {
  if (act.kind === 'create') return undefined
  if (act.kind === 'edit') return Object.keys(act.changes).filter((field) => !/^(add|remove)_/.test(field))
  return act.kind === 'move' ? ['status'] : []
}

/** An edit that was made on top of another act of ours, of the same fields: the other's version is what it begins from. */
function rebased(act: Act, on: Act, task: Task): Act {
  if (act.kind !== 'edit' || act.task_id !== task.id || act.n < on.n) return act
  const written = fieldsOf(on)
  if (!fieldsOf(act)?.every((field) => written?.includes(field) ?? true)) return act
  return { ...act, base_seq: Math.max(act.base_seq ?? 0, task.seq) }
}

const refused = (act: Act, problem: Problem): Act => ({ ...act, problem })

/**
 * What the answer to an act makes of those that wait: they name its task by its real id, and build on its version;
 * those on a task that was refused are refused with it.
 */
export function withAnswer(act: Act, result: Settled, acts: Act[]): { keep: Act[]; forget: string[] } {
  const waiting = acts.filter(({ key, project_id }) => key !== act.key && project_id === act.project_id)
  const changed = (change: (other: Act) => Act) => waiting.map((other) => [other, change(other)] as const)
  if (!result.ok) {
    const lost = new Set(dependants(act, waiting).map(({ key }) => key))
    const pairs = changed((other) => {
      if (lost.has(other.key)) return refused(other, result.problem)
      return act.kind === 'create' ? withoutNeighbour(other, act.task_id) : other
    })
    return { keep: [refused(act, result.problem), ...different(pairs)], forget: [] }
  }
  const { task } = result.done
  const pairs = changed((other) => {
    const named = act.kind === 'create' && task ? renamed(other, act.task_id, task.id) : other
    return task ? rebased(named, act, task) : named
  })
  return { keep: different(pairs), forget: [act.key] }
}

const different = (pairs: (readonly [Act, Act])[]) => pairs.filter(([a, b]) => a !== b).map(([, b]) => b)
