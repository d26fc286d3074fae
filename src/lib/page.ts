import { Buffer } from 'node:buffer'
import * as z from 'zod'
import { invalidAt } from './errors.ts'
import { wholeNumber } from './fields.ts'

/** The query parameters of every list. */
export const pageQuery = {
  limit: wholeNumber(1, 100).prefault(50).meta({ description: 'Maximum number of items' }),
  cursor: z.string().max(512).optional().meta({ description: 'next_cursor of the previous page; opaque' }),
}

export type Page<T> = { items: T[]; next_cursor: string | null }

export const encodeCursor = (key: readonly unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url')

/** The keyset values inside a cursor; undefined without one. Throws validation_failed when they do not fit `schema`. */
export function decodeCursor<S extends z.ZodType>(cursor: string | undefined, schema: S): z.output<S> | undefined {
  if (cursor === undefined) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw invalidAt('cursor', 'is an invalid cursor: start again without it')
  }
}

/**
 * Bytes of long texts in one page, roughly: a page ends early when its rows have more, so that no list makes the
 * database or a client hold a hundred of the longest texts. A page has at least one row.
 */
export const PAGE_BYTES = 1024 * 1024

/**
 * Makes a page of at most `limit` rows from a query that asked for one more. `found`: how many rows there were, if the
 * query then left some out because of PAGE_BYTES.
 */
export function toPage<T>(
  rows: T[],
  limit: number,
  keyOf: (row: T) => readonly unknown[],
  found = rows.length,
): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next_cursor: found > items.length && last ? encodeCursor(keyOf(last)) : null }
}

/** Like `toPage`, for rows that each have `found`. The items are without it. */
export const toSizedPage = <T extends { found: number }>(
  rows: T[],
  limit: number,
  keyOf: (row: Omit<T, 'found'>) => readonly unknown[],
) =>
  toPage(
    rows.map(({ found: _, ...row }) => row),
    limit,
    keyOf,
    rows[0]?.found,
  )
