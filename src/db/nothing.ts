import { sql } from 'drizzle-orm'

/** What a select of values alone is from, as Drizzle wants a `from`: as text, and as SQL. */
export const NOTHING = '(select 1) as one'
export const nothing = sql.raw(NOTHING)
