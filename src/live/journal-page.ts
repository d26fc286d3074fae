import { and, eq, getTableColumns, gt, lt, type SQL, type Subquery, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { asPage } from '../db/page.ts'
import { activity_logs } from '../db/schema.ts'

/** What `journalPage` gives: the columns of the journal, and of the page. */
export const page = alias(activity_logs, 'page')

type Asked = {
  project_id: string
  /** The seq that it begins after; from the end that is first, without it. */
  after?: number | SQL
  /** The oldest first, or the newest. */
  forward: boolean
  where?: SQL
  rows: number
  bytes: number
}

const { data, api_key, ...others } = getTableColumns(activity_logs)
/** A row as events have it: with what is not in the journal, the text of a comment as long as there is one, and the name of a key. */
const event = sql.join(
  [...Object.values(others), sql`with_text(${data}) as data`, sql`key_name(${api_key}) as api_key`],
  sql`, `,
)

/**
 * A page of a project's journal, `page`: row by row along an index, until there are `rows`, or one that
 * comes after more than `bytes`. What is not shown is not read either, but for that one. `size` and `preceding`
 * are bytes of a row and of those before it.
 */
export function journalPage({ project_id, after, forward, where, rows, bytes }: Asked): Subquery {
  const { seq } = activity_logs
  const direction = sql.raw(forward ? 'asc' : 'desc')
  const beyond = (from: SQL) => (forward ? gt(seq, from) : lt(seq, from))
  const next = (from: SQL | undefined) => sql`(
    select event.*, octet_length(event.data::text) + octet_length(event.changes::text) as size from (
      select ${event} from ${activity_logs}
      where ${and(eq(activity_logs.project_id, project_id), where, from && beyond(from))} order by ${seq} ${direction} limit 1) as event)`
  return asPage(sql`
    with recursive read as (
      select first.*, 0::bigint as preceding, 1 as n from ${next(after === undefined ? undefined : sql`${after}::bigint`)} as first
      union all
      select next.*, read.preceding + read.size, read.n + 1 from read cross join lateral ${next(sql`read.seq`)} as next
      where read.n < ${rows} and read.preceding <= ${bytes})
    select * from read`)
}
