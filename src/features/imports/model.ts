import type { COLUMN_CATEGORIES, PRIORITIES } from '../../db/schema.ts'
import type { Warnings } from './warnings.ts'

/*
 * What a file of another product says, in terms common to all formats. A reader of sources/ makes it; plan.ts makes a
 * project of it, by the same rules for all.
 */

export type Category = (typeof COLUMN_CATEGORIES)[number]
export type Priority = (typeof PRIORITIES)[number]

/**
 * A time as its file has it, in one of three lengths: a day (`2026-10-01`), an instant in UTC (`2026-10-01T08:00:00.000Z`), or a
 * local time (`2026-10-01T08:00:00.000`), which means an instant once a time zone is known.
 */
export type When = string

export type Column = {
  id: string
  name: string
  /** What the file says that it means; without it, its name is looked at. */
  category?: Category
  /** It was put away: it is no column here, and its cards are archived. */
  archived?: boolean
  wip_limit?: number
  wip_mode?: 'warn' | 'block'
}

export type Person = { id: string; name: string; email?: string }
/** Colours are those of the file's product, by name, or `#rrggbb`. */
export type Label = { id: string; name: string; color: string | null }

export type Comment = {
  id: string
  /** Of a person. */
  author?: string
  at?: When
  edited?: When
  text: string
}

export type Item = { text: string; done: boolean; due?: When; person?: string }
export type Checklist = { title: string; items: Item[] }

export type Link = { kind: 'blocks' | 'relates' | 'duplicates'; from: string; to: string }
/** The card entered a column. */
export type Move = { at: When; column: string; by?: string }

export type Card = {
  id: string
  title: string
  description: string
  /** Of a column; one that there is not is counted, and the first column takes the card. */
  column: string
  /** Compared one by one: numbers by value, texts by their bytes, nothing last. */
  order: (number | string | null)[]
  /** The number that it had, if its product never gives one twice. */
  number?: number
  created?: When
  updated?: When
  started?: When
  /** When it was finished: with `complete` and no time, it is known only that it was. */
  completed?: When
  complete?: boolean
  /** It was put away: when, if that is known. */
  archived?: { at?: When }
  start?: When
  due?: When
  priority?: Priority
  estimate?: number
  parent?: string
  people: string[]
  labels: string[]
  comments: Comment[]
  checklists: Checklist[]
  /** The column in which it was made, if the file says so. */
  born?: string
  created_by?: string
  moves: Move[]
  /** What has no field here, each a line of text below the description. */
  notes: string[]
}

export type Board = {
  name: string
  description: string
  /** The key of its numbers, if it has one. */
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
