import type { COLUMN_CATEGORIES, PRIORITIES } from '../../db/schema.ts'
import type { Warnings } from './warnings.ts'

/*
 * What a file of another product says, in terms common to all formats. A reader of sources/ makes it; plan.ts makes a
 * project of it, by the same rules for all.
 */

export type Category = (typeof COLUMN_CATEGORIES)[number]
export type Priority = (typeof PRIORITIES)[number]

/**
 * A time as its file has it, in one of three forms: a day (`2026-10-01`), an instant in UTC
 * (`2026-10-01T08:00:00.000Z`), or a local time (`2026-10-01T08:00:00.000`), which means an instant once a time zone is
 * known.
 */
export type FileTime = string

export type Column = {
  id: string
  name: string
  /** The category that the file states; without it, the name decides. */
  category?: Category
  /** True for an archived list: it becomes no column, and its cards are archived. */
  archived?: boolean
  wip_limit?: number
  wip_mode?: 'warn' | 'block'
}

export type Person = { id: string; name: string; email?: string }
/** Colours are those of the file's product, by name, or `#rrggbb`. */
export type Label = { id: string; name: string; color: string | null }

export type Comment = {
  id: string
  /** The id of a person. */
  author?: string
  at?: FileTime
  edited?: FileTime
  text: string
}

export type Item = { text: string; done: boolean; due?: FileTime; person?: string }
export type Checklist = { title: string; items: Item[] }

export type Link = { kind: 'blocks' | 'relates' | 'duplicates'; from: string; to: string }
/** A card's entry into a column, by the ids of the column and of a person. */
export type Move = { at: FileTime; column: string; by?: string }

export type Card = {
  id: string
  title: string
  description: string
  /** The id of a column. If the file has no such column, the card goes to the first, with a warning. */
  column: string
  /** Compared one by one: numbers by value, then texts by UTF-16 code units, null last. */
  order: (number | string | null)[]
  /** Its number in the other product, if that never uses a number twice. */
  number?: number
  created?: FileTime
  updated?: FileTime
  started?: FileTime
  /** When it was finished; `complete` without it: the file does not say when. */
  completed?: FileTime
  complete?: boolean
  /** Present if the card is archived; `at` if the file says when. */
  archived?: { at?: FileTime }
  /** When it was archived before, and brought back; in order. */
  returns: { archived: FileTime; back: FileTime }[]
  start?: FileTime
  due?: FileTime
  priority?: Priority
  estimate?: number
  parent?: string
  people: string[]
  labels: string[]
  comments: Comment[]
  checklists: Checklist[]
  /** The id of the column in which it was made, if the file says so. */
  first_column?: string
  created_by?: string
  moves: Move[]
  /** Texts for which a task has no field: each becomes a line below the description. */
  notes: string[]
}

export type Board = {
  name: string
  description: string
  /** The prefix of its tasks' numbers, if it has one. */
  key?: string
  columns: Column[]
  cards: Card[]
  people: Person[]
  labels: Label[]
  links: Link[]
  counts: { templates: number; attachments: number }
  warnings: Warnings
}

export const newCard = (id: string, fields: Partial<Card> = {}): Card => ({
  id,
  title: '',
  description: '',
  column: '',
  order: [],
  people: [],
  labels: [],
  comments: [],
  checklists: [],
  returns: [],
  moves: [],
  notes: [],
  ...fields,
})

function compare(a: number | string | null, b: number | string | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  if (typeof a === typeof b) return a < b ? -1 : 1
  return typeof a === 'number' ? -1 : 1
}

type Placed = Pick<Card, 'id' | 'order'> & Partial<Pick<Card, 'created'>>

/** The order of cards: the source's, then the older first, then by id. */
export function byOrder(a: Placed, b: Placed): number {
  for (let at = 0; at < Math.max(a.order.length, b.order.length); at += 1) {
    const order = compare(a.order[at] ?? null, b.order[at] ?? null)
    if (order !== 0) return order
  }
  return compare(a.created ?? null, b.created ?? null) || compare(a.id, b.id)
}
