import { type SQL, Subquery, sql } from 'drizzle-orm'

/**
 * Bytes of the rows of a page that come before this one: a page ends where they are too many. To be asked inside
 * of a page's limit. A length asks for no text: it is read of the rows alone that are shown.
 */
export const bytesBefore = (size: SQL, order: SQL): SQL<number> =>
  sql<number>`coalesce(sum(${size}) over (order by ${order} rows between unbounded preceding and 1 preceding), 0)`

/** SQL to select from, under the name `page`, which is that of the columns' table. */
export const asPage = (query: SQL): Subquery => new Subquery(query, {}, 'page')
