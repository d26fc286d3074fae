import type { Act, Deed } from './acts.ts'
import type { BoardTask } from './apply-event.ts'
import type { Changes } from './types.ts'

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

const fieldsOf = (changes: Changes) => Object.keys(changes).filter((field) => !/^(add|remove)_/.test(field))

const only = (changes: Changes, wanted: (field: string) => boolean): Changes =>
  Object.fromEntries(Object.entries(changes).filter(([field]) => wanted(field)))

type Edit = {
  task_id: string
  changes: Changes
  /** The task as it was on the screen, and as the server's board has it. */
  shown: BoardTask | undefined
  known: BoardTask | undefined
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
  const last = (field: string) =>
    ours.find(
      (act) =>
        act.kind === 'create' ||
        (act.kind === 'edit' && field in act.changes) ||
        (act.kind === 'move' && field === 'status'),
    )
  const byAct = new Map<string | undefined, string[]>()
  for (const field of fieldsOf(given)) {
    const key = last(field)?.key
    byAct.set(key, [...(byAct.get(key) ?? []), field])
  }
  const sets = Object.keys(given).filter((field) => /^(add|remove)_/.test(field))
  if (byAct.size === 0) byAct.set(undefined, [])
  const deeds = [...byAct].map(([builds_on, fields], i): Deed => {
    const mine = only(given, (field) => fields.includes(field) || (i === 0 && sets.includes(field)))
    return { kind: 'edit', task_id, changes: mine, ...base, ...(builds_on && { builds_on }) }
  })
  return deeds as [Deed, ...Deed[]]
}
