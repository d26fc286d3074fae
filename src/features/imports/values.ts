import { parseIso } from './dates.ts'
import type { Card } from './model.ts'
import { oneLine } from './text.ts'
import type { Warnings } from './warnings.ts'
import { FIELDS, folded, numberOf, priorityOf } from './words.ts'

/** What map= may make of a field. */
export const FIELD_NAMES = ['priority', 'estimate', 'start_date', 'due_date', 'text', 'ignore'] as const

/** Gives a card a field of a name that is not known beforehand: the field of a task that it means, else a line of text. */
export function setField(
  card: Card,
  name: string,
  value: string,
  mapped: ReadonlyMap<string, string>,
  warnings: Warnings,
): void {
  if (value.trim() === '') return
  const field = mapped.get(folded(name)) ?? FIELDS[folded(name)] ?? 'text'
  if (field === 'ignore') return
  if (field === 'priority') {
    const priority = priorityOf(value)
    if (priority !== undefined) {
      card.priority = priority
      return
    }
    warnings.add('values_unknown', `${name}: ${value}`)
  } else if (field === 'estimate') {
    const estimate = numberOf(value)
    if (estimate !== undefined) {
      card.estimate = estimate
      return
    }
    warnings.add('values_unknown', `${name}: ${value}`)
  } else if (field === 'start_date' || field === 'due_date') {
    const when = parseIso(value)
    if (when !== undefined) {
      card[field === 'start_date' ? 'start' : 'due'] = when
      return
    }
    warnings.add('dates_unreadable', `${name}: ${value}`)
  } else warnings.add('fields_as_text', name)
  card.notes.push(`${oneLine(name)}: ${oneLine(value)}`)
}
