import { sql } from 'drizzle-orm'
import { bigint, customType, uuid } from 'drizzle-orm/pg-core'

/** Types of columns, columns and checks that several tables share. */

/**
 * Postgres's text of an instant as RFC 3339. Database sessions are in UTC, so usually no date has to be parsed: a page
 * of tasks has hundreds.
 */
function toRfc3339(text: string): string {
  const [, day, time, fraction = '.'] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\+00$/.exec(text) ?? []
  return day ? `${day}T${time}${fraction.padEnd(4, '0')}Z` : new Date(text).toISOString()
}

/** An instant, to the millisecond, as RFC 3339 UTC text: the same bytes in an answer and an event. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: toRfc3339,
})

/** A rank. Text, because 40 digits do not fit a JavaScript number; only its order means anything. */
export const rank = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' })

/**
 * SQL for the check of a rank. It also refuses NaN, which sorts above everything, so that nothing could come after it.
 */
export const isRank = sql`position > 0 and position < 'Infinity'`

export const clockTimestamp = sql`clock_timestamp()`
export const id = () => uuid().primaryKey()
export const seq = () => bigint({ mode: 'number' }).notNull().default(0)
export const stamps = () => ({
  created_at: instant().notNull().default(clockTimestamp),
  updated_at: instant().notNull().default(clockTimestamp),
})

/** `column in ('a', 'b')`, for a check constraint that agrees with the list TypeScript knows. */
export const oneOf = (column: string, values: readonly string[]) =>
  sql.raw(`${column} in (${values.map((value) => `'${value}'`).join(', ')})`)
