import * as z from 'zod'
import { PRIORITIES } from '../../db/schema.ts'
import { cutText } from '../../lib/cut-text.ts'
import type { Warning } from '../../transaction/write.ts'

/*
 * The answers of tools: what a model needs to go on, and no more. A field that is null or empty is left out.
 */

/** The row without fields that are null, undefined or an empty list. */
export function omitEmpty<T extends object>(row: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept = Object.entries(row).filter(([, value]) => value != null && !(Array.isArray(value) && value.length === 0))
  return Object.fromEntries(kept) as { [K in keyof T]?: NonNullable<T[K]> }
}

/**
 * The `max` UTF-16 code units of a text from `offset` (cutText). `of`: the length of the text, unless that is all of
 * it.
 */
export function cut(text: string, max: number, offset = 0): { text: string; of?: number } {
  const shown = cutText(text, max, offset)
  return shown.length === text.length ? { text } : { text: shown, of: text.length }
}

const id = z.string()
const optionalText = z.string().optional()
export const page = { next_cursor: optionalText.meta({ description: 'For more, call again with it as cursor' }) }
export const nextCursorOf = ({ next_cursor }: { next_cursor: string | null }) =>
  next_cursor === null ? {} : { next_cursor }

export const Card = z.object({
  number: z.string(),
  title: z.string(),
  status: z.string().meta({ description: 'Key of its column' }),
  priority: z.enum(PRIORITIES),
  assignee_ids: z.array(id).optional(),
  label_ids: z.array(id).optional(),
  due_date: optionalText,
  completed_at: optionalText,
  is_blocked: z.literal(true).optional(),
  checklist: optionalText.meta({ description: 'Items done / items in all' }),
  comments: z.int().optional(),
})

type Row = {
  number: string
  title: string
  status: string
  priority: (typeof PRIORITIES)[number]
  assignee_ids: string[]
  label_ids: string[]
  due_date: string | null
  completed_at: string | null
  is_blocked: boolean
  checklist_done: number
  checklist_total: number
  comment_count: number
}

export function cardOf(row: Row): z.input<typeof Card> {
  const { number, title, status, priority, assignee_ids, label_ids, due_date, completed_at } = row
  return {
    number,
    title,
    status,
    priority,
    ...omitEmpty({ assignee_ids, label_ids, due_date, completed_at }),
    ...(row.is_blocked && { is_blocked: true as const }),
    ...(row.checklist_total > 0 && { checklist: `${row.checklist_done}/${row.checklist_total}` }),
    ...(row.comment_count > 0 && { comments: row.comment_count }),
  }
}

export const TaskAnswer = Card.extend({
  id: id.meta({ description: 'For parent_id' }),
  project_id: id,
  description: optionalText,
  description_length: z
    .int()
    .optional()
    .meta({ description: 'The length of the whole description; only if description is a part of it' }),
  parent_id: optionalText,
  estimate: z.number().optional(),
  start_date: optionalText,
  created_at: z.string(),
  archived_at: optionalText,
  seq: z.int().meta({ description: 'Version: base_seq of an edit made from this' }),
  warnings: z.array(z.looseObject({ code: z.string() })).optional(),
})

type Whole = Row & {
  id: string
  project_id: string
  description: string
  parent_id: string | null
  estimate: number | null
  start_date: string | null
  created_at: string
  archived_at: string | null
  seq: number
}

/** The most UTF-16 code units of a description in one answer. */
export const MAX_DESCRIPTION = 8_000

export function taskOf(row: Whole, offset = 0): z.input<typeof TaskAnswer> {
  const { id, project_id, parent_id, estimate, start_date, created_at, archived_at, seq } = row
  const { text, of } = cut(row.description, MAX_DESCRIPTION, offset)
  return {
    ...cardOf(row),
    id,
    project_id,
    created_at,
    seq,
    ...(text && { description: text }),
    ...omitEmpty({ parent_id, estimate, start_date, archived_at, description_length: of }),
  }
}

type Written = { row: Whole; warnings: Warning[] }
/** The answer to a write of a task. It has no description, as the caller knows that. */
export function writtenTaskOf({ row, warnings }: Written): z.input<typeof TaskAnswer> {
  const { description: _, description_length: __, ...task } = taskOf(row)
  return { ...task, ...omitEmpty({ warnings }) }
}
