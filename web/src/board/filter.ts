import type { BoardTask } from '../client.ts'
import { today } from '../format.ts'

export type Filter = { text: string; assignee: string; label: string; priority: string; overdue: boolean }
export const NO_FILTER: Filter = { text: '', assignee: '', label: '', priority: '', overdue: false }

export const isFiltering = ({ text, ...others }: Filter) => text.trim() !== '' || Object.values(others).some(Boolean)

/** Whether two filters are saved as the same query. */
export const isSameFilter = (a: Filter, b: Filter) => JSON.stringify(queryOf(a)) === JSON.stringify(queryOf(b))

/** Latin letters whose stroke is no accent to Unicode, and what people type for them. */
const PLAIN_LETTERS: Record<string, string> = { Ł: 'L', Ø: 'O', Đ: 'D', Ħ: 'H', Ŧ: 'T' }

/**
 * The text in upper case and without accents, to search in and to search for. Upper case makes one letter of ς and σ,
 * and of ı and i. In lower case first, so that ẞ becomes SS as ß does.
 */
export const foldCaseAndAccents = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .replace(/[ŁØĐĦŦ]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)

/** What a filter looks at. */
type Filtered = Pick<BoardTask, 'number' | 'title' | 'priority' | 'due_date' | 'completed_at'> & {
  readonly [name in 'assignee_ids' | 'label_ids']: readonly string[]
}

/** Whether a card passes a filter. */
export function fits(task: Filtered, { text, assignee, label, priority, overdue }: Filter): boolean {
  if (text && !foldCaseAndAccents(`${task.number} ${task.title}`).includes(foldCaseAndAccents(text.trim())))
    return false
  if (assignee && !(assignee === 'none' ? task.assignee_ids.length === 0 : task.assignee_ids.includes(assignee)))
    return false
  if (label && !task.label_ids.includes(label)) return false
  if (priority && task.priority !== priority) return false
  return !overdue || isOverdue(task)
}

/** Whether the due date is over in the reader's time zone and the card is not done. */
export const isOverdue = ({ due_date, completed_at }: Pick<BoardTask, 'due_date' | 'completed_at'>) =>
  due_date !== null && completed_at === null && due_date < today()

/** A filter as a saved view keeps it: the query of a list of tasks. */
export const queryOf = ({ text, assignee, label, priority, overdue }: Filter) => ({
  sort: '-updated_at' as const,
  ...(text.trim() && { q: text.trim() }),
  ...(assignee && { assignee_id: [assignee] }),
  ...(label && { label_id: [label] }),
  ...(priority && { priority: [priority as BoardTask['priority']] }),
  ...(overdue && { overdue: 'true' as const }),
})

type Query = Record<string, string | string[]>
const firstOf = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''

/** A saved view as a filter; undefined when it asks for something that a board cannot show. */
export function filterOf(query: Query): Filter | undefined {
  const { q, assignee_id, label_id, priority, overdue, sort: _, ...others } = query
  const single = [assignee_id, label_id, priority].every((value) => !Array.isArray(value) || value.length <= 1)
  if (!single || Object.keys(others).length > 0) return undefined
  return {
    text: firstOf(q),
    assignee: firstOf(assignee_id),
    label: firstOf(label_id),
    priority: firstOf(priority),
    overdue: overdue === 'true',
  }
}
