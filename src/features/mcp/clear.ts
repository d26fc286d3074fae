import * as z from 'zod'
import { invalidAt } from '../../lib/errors.ts'
import { ownValue } from '../../lib/own-value.ts'

/*
 * `clear` names the fields that an edit empties, as the flat input of a tool has no null.
 */

/** What a service is sent to empty a field, by the name that tools have for the field. */
const EMPTY = {
  description: { description: '' },
  parent_id: { parent_id: null },
  estimate: { estimate: null },
  start_date: { start_date: null },
  due_date: { due_date: null },
  assignee: { assignee_id: null },
  assignees: { assignee_ids: [] },
  labels: { label_ids: [] },
}
type Clearable = keyof typeof EMPTY

/** The fields of tasks that may be emptied. */
export const OF_TASKS = [
  'description',
  'parent_id',
  'estimate',
  'start_date',
  'due_date',
  'assignees',
  'labels',
] as const

/** The fields that change a list which `clear` may empty. */
const PARTS: Partial<Record<Clearable, string[]>> = {
  assignees: ['add_assignees', 'remove_assignees'],
  labels: ['label_ids', 'add_label_ids', 'remove_label_ids'],
}

export const clearOf = <T extends Clearable>(names: readonly T[]) =>
  z.array(z.enum(names)).optional().meta({ description: 'Fields to empty' })

const isSet = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0)

/**
 * The fields that an edit empties, for the service. `path`: that of its `clear`. Throws validation_failed if it also
 * changes one of them.
 */
export function emptiedBy({ clear = [], ...changes }: { clear?: Clearable[] }, path = 'clear'): object {
  const twice = clear.flatMap((name) => PARTS[name] ?? [name]).find((field) => isSet(ownValue(changes, field)))
  if (twice) throw invalidAt(path, `empties what ${twice} changes: send one of them`)
  return Object.assign({}, ...clear.map((name) => EMPTY[name]))
}
