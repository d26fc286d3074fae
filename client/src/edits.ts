import type { BoardTask } from './apply-event.ts'
import type { Mutation, QueuedMutation } from './mutations.ts'
import { fieldsOf } from './rewrite.ts'
import type { Changes, Task } from './types.ts'

const SETS = ['assignee_ids', 'label_ids'] as const

/** Replaces a whole list by what it adds to and removes from the list on the screen: such changes never conflict. */
function withoutLists(changes: Changes, shown: BoardTask | undefined): Changes {
  let result = changes
  for (const field of SETS) {
    const { [field]: whole, ...rest } = result
    if (!whole || !shown) continue
    const [add, remove] = [
      whole.filter((id) => !shown[field].includes(id)),
      shown[field].filter((id) => !whole.includes(id)),
    ]
    result = {
      ...rest,
      ...(add.length > 0 && { [`add_${field}`]: add }),
      ...(remove.length > 0 && { [`remove_${field}`]: remove }),
    }
  }
  return result
}

const isSetChange = (field: string) => /^(add|remove)_/.test(field)

const pick = (changes: Changes, fields: string[]): Changes =>
  Object.fromEntries(Object.entries(changes).filter(([field]) => fields.includes(field)))

type Edit = {
  task_id: string
  changes: Changes
  /** The task as it was on the screen, and as the server last sent it. */
  shown: BoardTask | undefined
  known: Task | undefined
  mutations: QueuedMutation[]
}

/**
 * The mutations of an edit. They begin from the version on the board. Fields that a pending mutation of ours changes
 * too go into a mutation of their own, which will begin from the version that the pending one makes (rewrite.ts): so
 * conflicts with others in the remaining fields are still noticed.
 */
export function mutationsOfEdit({ task_id, changes, shown, known, mutations }: Edit): [Mutation, ...Mutation[]] {
  const given = withoutLists(changes, shown)
  const base = known && { base_seq: known.seq }
  const ours = mutations.filter((mutation) => mutation.task_id === task_id && !mutation.problem).toReversed()
  const lastOf = (field: string) => ours.find((mutation) => fieldsOf(mutation)?.includes(field) ?? true)?.key
  const byMutation = new Map<string | undefined, string[]>([[undefined, []]])
  for (const field of Object.keys(given)) {
    const key = isSetChange(field) ? undefined : lastOf(field)
    byMutation.set(key, [...(byMutation.get(key) ?? []), field])
  }
  const edits = [...byMutation.values()]
    .filter((fields) => fields.length > 0)
    .map((fields): Mutation => ({ kind: 'edit', task_id, changes: pick(given, fields), ...base }))
  return edits.length > 0 ? (edits as [Mutation, ...Mutation[]]) : [{ kind: 'edit', task_id, changes: {}, ...base }]
}
