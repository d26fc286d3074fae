import { sql } from 'drizzle-orm'

/** A `from` of one row, since Drizzle requires a `from` also where values alone are selected. As text and as SQL. */
export const NOTHING = '(select 1) as one'
export const nothing = sql.raw(NOTHING)
