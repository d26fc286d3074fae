import { type DateOrder, parseDate } from './dates.ts'
import type { Card, FileTime } from './model.ts'
import type { ImportOptions } from './options.ts'
import { toOneLine } from './text.ts'
import type { WarningCode, Warnings } from './warnings.ts'
import { FIELDS, foldName, numberOf, priorityOf, toPlainWords } from './words.ts'

const DAYS = [
  ['start', 'Start'],
  ['due', 'Due'],
] as const

/** Stores the planned days of a card, which `read` reads; one that it cannot read becomes a line of `notes`. */
export function setDays(
  card: Card,
  days: { start?: string | null; due?: string | null },
  read: (text: string) => FileTime | undefined,
): void {
  for (const [field, name] of DAYS) {
    const text = days[field]?.trim()
    const when = text && read(text)
    if (when) card[field] = when
    else if (text) card.notes.push(`${name}: ${toOneLine(text)}`)
  }
}

/** How the fields of a card are read, and which warning counts a value that cannot be read. */
const READERS: Record<string, [keyof Card, (value: string, dates?: DateOrder) => unknown, WarningCode]> = {
  priority: ['priority', priorityOf, 'values_unknown'],
  estimate: ['estimate', numberOf, 'values_unknown'],
  start_date: ['start', parseDate, 'dates_unreadable'],
  due_date: ['due', parseDate, 'dates_unreadable'],
}

/**
 * Stores the value of a header or custom field: in the card's field that it means, else as a line of `notes`. `usual`:
 * the field that it means unless map= names another.
 */
export function setField(
  card: Card,
  name: string,
  value: string,
  { fields, dates }: Pick<ImportOptions, 'fields' | 'dates'>,
  warnings: Warnings,
  usual = FIELDS[toPlainWords(name)],
): void {
  if (value.trim() === '') return
  const field = fields.get(foldName(name)) ?? usual ?? 'text'
  if (field === 'ignore') return
  const [key, read, unread] = READERS[field] ?? []
  const known = read?.(value, dates)
  if (key !== undefined && known !== undefined) {
    Object.assign(card, { [key]: known })
    return
  }
  if (unread === undefined) warnings.add('fields_as_text', name)
  else warnings.add(unread, `${name}: ${value}`)
  card.notes.push(`${toOneLine(name)}: ${toOneLine(value)}`)
}
