import { and, eq, getTableColumns, gt, lt, type SQL, type Subquery, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { toPageSubquery } from '../db/page.ts'
import { activity_logs } from '../db/schema.ts'

/** The columns of the journal in what `journalPage` gives. */
export const page = alias(activity_logs, 'page')

type JournalRequest = {
  project_id: string
  /** The seq after which the page begins; without it, at the oldest or the newest event. */
  after?: number | SQL
  /** Whether the oldest events come first; if not, the newest. */
  forward: boolean
  where?: SQL
  rows: number
  bytes: number
}

const { data, api_key, ...others } = getTableColumns(activity_logs)
/**
 * A row as an event, with two things that the journal does not hold: the text of a comment that still exists, and the
 * name of an API key.
 */
const event = sql.join(
  [...Object.values(others), sql`with_text(${data}) as data`, sql`key_name(${api_key}) as api_key`],
  sql`, `,
)

/**
 * A page of a project's journal, as `page`: reads row by row along an index, until it has `rows` rows or more than
 * `bytes` bytes. `size` and `preceding` are the bytes of a row, and of all rows before it. The last row may have a
 * `preceding` above `bytes`: callers leave it out.
 */
export function journalPage({ project_id, after, forward, where, rows, bytes }: JournalRequest): Subquery {
  const { seq } = activity_logs
  const direction = sql.raw(forward ? 'asc' : 'desc')
  const beyond = (from: SQL) => (forward ? gt(seq, from) : lt(seq, from))
  const next = (from: SQL | undefined) => sql`(
    select event.*, octet_length(event.data::text) + octet_length(event.changes::text) as size from (
      select ${event} from ${activity_logs}
      where ${and(eq(activity_logs.project_id, project_id), where, from && beyond(from))} order by ${seq} ${direction} limit 1) as event)`
  return toPageSubquery(sql`
    with recursive read as (
      select first.*, 0::bigint as preceding, 1 as n from ${next(after === undefined ? undefined : sql`${after}::bigint`)} as first
      union all
      select next.*, read.preceding + read.size, read.n + 1 from read cross join lateral ${next(sql`read.seq`)} as next
      where read.n < ${rows} and read.preceding <= ${bytes})
    select * from read`)
}
