import { and, asc, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { todayOf } from '../../db/day.ts'
import { rowJson } from '../../db/json.ts'
import { toPageSubquery } from '../../db/page.ts'
import { prepareStatement } from '../../db/prepared-statement.ts'
import { activity_logs, board_columns, labels, project_members, projects, tasks, users } from '../../db/schema.ts'
import { journalPage, page } from '../../live/journal-page.ts'
import { memberColumns } from '../members/queries.ts'
import { projectColumns } from '../projects/queries.ts'
import { isCounted, isOnBoard, taskColumns } from '../tasks/queries.ts'
import type { ListActivity } from './schema.ts'

type Orm = Database['primary']

type FirstPage = { project_id: string; per_column: number; members: number; bytes: number }

/** Characters of a description that a card keeps on a board whose texts are too long. */
const PREVIEW = 500

/** The description that a card shows: the beginning, on a board whose cards would be too large. */
const shownText = sql`case when share.heavy then left(${tasks.description}, ${sql.raw(String(PREVIEW))}) else ${tasks.description} end`
const card = { ...taskColumns, description: shownText }
const isCut = sql`share.heavy and octet_length(${tasks.description}) > octet_length(${shownText})`

/** The cursor before the first card of a column. */
const BEFORE_ALL = sql`'["0","00000000-0000-0000-0000-000000000000"]'`

/**
 * A board as JSON text, made in Postgres, so that no driver parses thousands of values only to write them again. In
 * rows, not as one text, which Postgres would copy at every level of nesting. The first row has the project with its
 * labels and members; each other row has a column with its first tasks (one index range each). If a column has more
 * tasks, `last` is the key of the last one shown. If there are more than `members` members, only the first of them and
 * the assignees of the cards are there: `last` of the first row is where the rest begins, and the number of all. If the
 * cards exceed `bytes`, long descriptions are cut; if that is not enough, there are fewer cards.
 */
export const selectBoard = prepareStatement((orm, { project_id, per_column, members, bytes }: FirstPage) => {
  const head = { seq: projects.event_seq, epoch: projects.stream_epoch, project: projectColumns }
  const membersOf = sql`from ${project_members} where ${project_members.project_id} = ${project_id}`
  const crowd = sql`(select case when cardinality(ids) > ${members} then ids[${members}] end as edge
    from (select array(select user_id ${membersOf} order by user_id limit ${members} + 1) as ids) as first)`
  const first = (fields: SQL, limit: SQL) => sql`(
    select ${fields} from ${tasks} where ${tasks.project_id} = ${project_id} and ${tasks.status} = ${board_columns.key} and ${isOnBoard}
    order by ${tasks.position}, ${tasks.id} limit ${limit})`
  const assigned = sql`array(
    select unnest(task.assignee_ids) from ${board_columns}
    cross join lateral ${first(sql`${tasks.assignee_ids}`, sql`${per_column}`)} as task
    where ${board_columns.project_id} = ${project_id} and crowd.edge is not null)`
  // Read once: a card all of whose labels exist needs no query of its own.
  const projectLabels = sql`array(select ${labels.id} from ${labels} where ${labels.project_id} = ${project_id})`
  const shownLabels = sql`case when ${tasks.label_ids} <@ ${projectLabels} then ${tasks.label_ids} else ${card.label_ids} end`
  const cardJson = rowJson({ ...card, label_ids: shownLabels })
  const parts = sql`
    select null::numeric as position, ${rowJson(head)}::text as self, (
      select string_agg(member.json, ',') from (
        select ${rowJson(memberColumns)}::text as json from ${project_members}
        join ${users} on ${users.id} = ${project_members.user_id}
        where ${project_members.project_id} = ${project_id} and (crowd.edge is null
          or ${project_members.user_id} <= crowd.edge or ${project_members.user_id} = any(${assigned}))
        order by ${project_members.user_id}
      ) as member
    ) as within, (
      select string_agg(${rowJson(getTableColumns(labels))}::text, ',' order by ${labels.id}) from ${labels}
      where ${labels.project_id} = ${project_id}
    ) as labels, case when crowd.edge is not null then json_build_array(crowd.edge, (select count(*) ${membersOf}))::text end as last
    from ${projects} cross join ${crowd} as crowd where ${projects.id} = ${project_id}
    union all
    select ${board_columns.position}, ${rowJson({ ...getTableColumns(board_columns), task_count: sql`share.live` })}::text,
      first.tasks, null, case when share.live > share.shown then case when share.shown = 0 then ${BEFORE_ALL} else first.last end end
    from ${board_columns}
    join board_shares(${project_id}, ${per_column}, ${sql.raw(String(PREVIEW))}, ${bytes}) as share on share.column_id = ${board_columns.id}
    cross join lateral (
      select string_agg(case when task.cut then left(task.json, -1) || ',"description_truncated":true}' else task.json end, ',') as tasks,
        json_build_array(max(task.position)::text, (array_agg(task.id))[share.shown])::text as last
      from ${first(sql`${cardJson}::text as json, ${isCut} as cut, ${tasks.position}, ${tasks.id}`, sql`share.shown`)} as task
    ) as first
    where ${board_columns.project_id} = ${project_id}`
  return orm
    .select({
      self: sql<string>`self`,
      within: sql<string | null>`within`,
      labels: sql<string | null>`labels`,
      last: sql<string | null>`last`,
    })
    .from(sql`(${parts}) as part`)
    .orderBy(sql`position nulls first`)
})

/** For each column: how many of its tasks count, and how many of those are overdue in the time zone of `me`. */
export const selectProgress = (orm: Orm, project_id: string, me: string) =>
  orm
    .select({
      key: board_columns.key,
      category: board_columns.category,
      count: sql`count(${tasks.id})`.mapWith(Number),
      overdue:
        sql`count(*) filter (where ${tasks.completed_at} is null and ${tasks.due_date} < ${todayOf(me)})`.mapWith(
          Number,
        ),
    })
    .from(board_columns)
    .leftJoin(
      tasks,
      and(eq(tasks.project_id, board_columns.project_id), eq(tasks.status, board_columns.key), isCounted),
    )
    .where(eq(board_columns.project_id, project_id))
    .groupBy(board_columns.key, board_columns.category, board_columns.position)
    .orderBy(asc(board_columns.position))

type ActivityFilter = Omit<ListActivity, 'cursor'> & { project_id: string; cursor?: number }

/**
 * The journal: newest first, or with `since` oldest first after it. At most `limit` + 1 rows, and fewer if they exceed
 * `bytes`; `found` counts the rows before that cut.
 */
export const selectActivity = (orm: Orm, filter: ActivityFilter, bytes: number) => {
  const { project_id, task_id, user_id, action, since, cursor, limit } = filter
  const forward = since !== undefined
  const where = and(
    task_id ? eq(activity_logs.task_id, task_id) : undefined,
    user_id ? eq(activity_logs.user_id, user_id) : undefined,
    action ? eq(activity_logs.action, action) : undefined,
  )
  const after = forward ? Math.max(since, cursor ?? 0) : cursor
  const read = journalPage({ project_id, after, forward, where, rows: limit + 1, bytes })
  return orm
    .select({ ...getTableColumns(page), found: sql`found`.mapWith(Number) })
    .from(toPageSubquery(sql`select *, count(*) over () as found from ${read}`))
    .where(sql`preceding <= ${bytes}`)
    .orderBy(forward ? asc(page.seq) : desc(page.seq))
}
