import { parseIso, parseJsDate, parseNamed } from './dates.ts'
import type { Card } from './model.ts'
import { toOneLine } from './text.ts'
import type { Warnings } from './warnings.ts'
import { FIELDS, foldText, identityOf, numberOf, priorityOf } from './words.ts'

/** Stores the value of a header or custom field: in the card's field that it means, else as a line of `notes`. */
export function setField(
  card: Card,
  name: string,
  value: string,
  mapped: ReadonlyMap<string, string>,
  warnings: Warnings,
): void {
  if (value.trim() === '') return
  const field = mapped.get(identityOf(name)) ?? FIELDS[foldText(name)] ?? 'text'
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
    const when = parseIso(value) ?? parseJsDate(value) ?? parseNamed(value)
    if (when !== undefined) {
      card[field === 'start_date' ? 'start' : 'due'] = when
      return
    }
    warnings.add('dates_unreadable', `${name}: ${value}`)
  } else warnings.add('fields_as_text', name)
  card.notes.push(`${toOneLine(name)}: ${toOneLine(value)}`)
}
