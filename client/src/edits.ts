import type { Act, Deed } from './acts.ts'
import type { BoardTask } from './apply-event.ts'
import { fieldsOf } from './rewrite.ts'
import type { Changes, Task } from './types.ts'

const SETS = ['assignee_ids', 'label_ids'] as const

/** A whole list as what is added to and taken off the one that was on the screen: that never conflicts. */
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

const isSet = (field: string) => /^(add|remove)_/.test(field)

const only = (changes: Changes, fields: string[]): Changes =>
  Object.fromEntries(Object.entries(changes).filter(([field]) => fields.includes(field)))

type Edit = {
  task_id: string
  changes: Changes
  /** The task as it was on the screen, and as the server has told it last. */
  shown: BoardTask | undefined
  known: Task | undefined
  acts: Act[]
}

/**
 * The acts of an edit. It begins from the version on the board. Fields that an earlier act of ours changes, which is still on
 * its way, begin from that one's version and go in an act of their own: what others do to the rest must still be noticed.
 */
export function deedsOfEdit({ task_id, changes, shown, known, acts }: Edit): [Deed, ...Deed[]] {
  const given = withoutLists(changes, shown)
  const base = known && { base_seq: known.seq }
  const ours = acts.filter((act) => act.task_id === task_id && !act.problem).toReversed()
  const lastOf = (field: string) => ours.find((act) => fieldsOf(act)?.includes(field) ?? true)?.key
  const byAct = new Map<string | undefined, string[]>([[undefined, []]])
  for (const field of Object.keys(given)) {
    const key = isSet(field) ? undefined : lastOf(field)
    byAct.set(key, [...(byAct.get(key) ?? []), field])
  }
  const deeds = [...byAct.values()]
    .filter((fields) => fields.length > 0)
    .map((fields): Deed => ({ kind: 'edit', task_id, changes: only(given, fields), ...base }))
  return deeds.length > 0 ? (deeds as [Deed, ...Deed[]]) : [{ kind: 'edit', task_id, changes: {}, ...base }]
}
