import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { bytesBefore } from '../../db/page.ts'
import { PAGE_BYTES } from '../../lib/page.ts'
import { isReachable } from '../../transaction/authorize.ts'
import type { Cell } from '../reports/csv.ts'
import { COLUMNS } from './schema.ts'

type Orm = Database['primary']

/** The most rows of a page. Memory holds up to two pages. */
const ROWS = 1_000

/** Tasks (of the alias `t`) in one project. */
export const isInProject = (project: string) => sql`t.project_id = ${project}::uuid`

/** Tasks (of the alias `t`) assigned to `me`, in projects that are not archived and of which `me` is a member. */
export const isAssignedTo = (
  me: string,
) => sql`t.assignee_ids @> array[${me}::uuid] and ${isReachable(sql`t.project_id`)}
  and exists (select 1 from project_members m join projects p on p.id = m.project_id
    where m.project_id = t.project_id and m.user_id = ${me} and p.status <> 'archived')`

/** Names in one cell: a semicolon within one is doubled, so that an import can tell them apart. */
const toList = (name: SQL, id: SQL) => sql`string_agg(replace(${name}, ';', ';;'), '; ' order by ${name}, ${id})`
const toInstant = (at: SQL) => sql`utc_text(${at})`
const VALUES: Record<(typeof COLUMNS)[number], SQL> = {
  number: sql`t.number`,
  title: sql`t.title`,
  project: sql`(select p.name from projects p where p.id = t.project_id)`,
  status: sql`c.name`,
  category: sql`c.category`,
  priority: sql`t.priority`,
  assignees: sql`(select ${toList(sql`u.name`, sql`u.id`)} from users u where u.id = any(t.assignee_ids))`,
  labels: sql`(select ${toList(sql`l.name`, sql`l.id`)} from labels l where l.project_id = t.project_id and l.id = any(t.label_ids))`,
  parent: sql`(select above.number from tasks above where above.id = t.parent_id and above.deleted_at is null)`,
  estimate: sql`t.estimate`,
  start_date: sql`t.start_date`,
  due_date: sql`t.due_date`,
  created_at: toInstant(sql`t.created_at`),
  updated_at: toInstant(sql`t.updated_at`),
  started_at: toInstant(sql`t.started_at`),
  completed_at: toInstant(sql`t.completed_at`),
  archived_at: toInstant(sql`t.archived_at`),
  comment_count: sql`t.comment_count`,
  checklist_done: sql`t.checklist_done`,
  checklist_total: sql`t.checklist_total`,
  description: sql`t.description`,
}
const row = sql`json_build_array(${sql.join(
  COLUMNS.map((name) => VALUES[name]),
  sql`, `,
)})`

/**
 * The oldest tasks after the id `after` that fit into a page, without those in the trash. `last`: the id of the last
 * one; `more`: whether to read another page.
 */
export const selectTable = (orm: Orm, of: SQL, after: string | null) =>
  orm.execute<{ rows: Cell[][] | null; last: string | null; more: boolean }>(sql`
    with page as (
      select t.id, octet_length(t.title) + octet_length(t.description) as size from tasks t
      where ${of} and t.deleted_at is null and (${after}::uuid is null or t.id > ${after}::uuid) order by t.id limit ${ROWS}),
    fitting as (select id from (select id, ${bytesBefore(sql`size`, sql`id`)} as before from page) sized where before <= ${PAGE_BYTES})
    select json_agg(${row} order by t.id) as rows, (array_agg(t.id order by t.id desc))[1] as last,
      count(*) < (select count(*) from page) or count(*) = ${ROWS} as more
    from fitting f join tasks t on t.id = f.id join board_columns c on c.project_id = t.project_id and c.key = t.status`)
