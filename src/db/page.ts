import { type AnyColumn, type SQL, Subquery, sql } from 'drizzle-orm'

/** SQL for the bytes of a text as JSON, in which one character may take six. */
export const jsonBytes = (text: AnyColumn | SQL) => sql`octet_length(to_json(${text})::text)`

/**
 * SQL for the bytes of all earlier rows of a page, which ends where they are too many. Use it within the page's limit.
 */
export const bytesBefore = (size: SQL, order: SQL): SQL<number> =>
  sql<number>`coalesce(sum(${size}) over (order by ${order} rows between unbounded preceding and 1 preceding), 0)`

/** SQL as a subquery named `page`, the table name that the columns of the outer query use. */
export const toPageSubquery = (query: SQL): Subquery => new Subquery(query, {}, 'page')
