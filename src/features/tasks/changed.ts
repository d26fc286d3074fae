import { and, gte, or, sql } from 'drizzle-orm'
import { activity_logs, board_columns, tasks } from '../../db/schema.ts'

/**
 * Whether a task has changed since `since`, or is in a column whose ranks were rewritten since: its place is new, its
 * version is not. In a project without such columns, only tasks changed since `since` are read.
 */
export function hasChangedSince(project_id: string | undefined, since: string) {
  const renumbered = sql`l.action = 'column.reordered' and l.created_at >= ${since}::timestamptz`
  const columns = sql`select c.key from ${activity_logs} l join ${board_columns} c on c.id = l.entity_id
    where l.project_id = ${tasks.project_id} and ${renumbered}`
  const earliest = sql`(select case when exists (select 1 from ${activity_logs} l where l.project_id = ${project_id ?? null}::uuid and ${renumbered})
    then '-infinity' else ${since}::timestamptz end)`
  return and(
    or(gte(tasks.updated_at, since), sql`${tasks.status} in (${columns})`),
    project_id === undefined ? undefined : gte(tasks.updated_at, earliest),
  )
}
