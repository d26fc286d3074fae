import { and, asc, desc, eq, getTableColumns, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { rowJson } from '../../db/json.ts'
import { preparedStatement } from '../../db/prepared-statement.ts'
import { activity_logs, board_columns, project_members, projects, tasks, users } from '../../db/schema.ts'
import { memberColumns } from '../members/queries.ts'
import { projectColumns } from '../projects/queries.ts'
import type { ListActivity } from './schema.ts'

type Orm = Database['primary']

type FirstPage = { project_id: string; per_column: number; members: number; bytes: number }

/** Characters of a description that a card keeps on a board whose texts are too long. */
const PREVIEW = 500

const live = (project_id: string) =>
  sql`${tasks.project_id} = ${project_id} and ${tasks.status} = ${board_columns.key} and ${tasks.deleted_at} is null`

/** The first cards of a column, one index range. */
const firstOf = ({ project_id, per_column }: FirstPage, fields: SQL) =>
  sql`(select ${fields} from ${tasks} where ${live(project_id)} order by ${tasks.position}, ${tasks.id} limit ${per_column})`

/** Bytes of a text in JSON. */
const jsonBytes = (text: SQL) => sql`octet_length(to_json(${text})::text)`

/** Bytes of a card's JSON beside its title and description, about. */
const REST = sql`(700 + 40 * cardinality(${tasks.assignee_ids}))`

/**
 * `sum`: bytes of the cards, by their lengths, which ask for no text; JSON makes at most six bytes of one. Only
 * where those may be more than `bytes`, `shares` looks at the texts. If they are more, it says how many cards each
 * column shows as previews: the first of all columns first, so that none keeps another one's out.
 */
function boundOf(page: FirstPage) {
  const raw = sql`octet_length(${tasks.title}) + octet_length(${tasks.description})`
  const [title, whole] = [jsonBytes(sql`${tasks.title}`), jsonBytes(sql`${tasks.description}`)]
  const preview = jsonBytes(sql`left(${tasks.description}, ${sql.raw(String(PREVIEW))})`)
  const first = (fields: SQL) =>
    sql`${board_columns} cross join lateral ${firstOf(page, fields)} as task where ${board_columns.project_id} = ${page.project_id}`
  return sql`
    sum as materialized (
      select coalesce(sum(task.rest + 6 * task.text) > ${page.bytes}, false) as check, coalesce(sum(task.rest + task.text) > ${page.bytes}, false) as cut
      from ${first(sql`${REST} as rest, ${raw} as text`)}),
    shares as materialized (
      select id, count(*) filter (where through <= ${page.bytes}) as shown from (
        select id, sum(preview) over (order by n, position, id rows unbounded preceding) as through, sum(whole) over () as whole from (
          select ${board_columns.id} as id, ${board_columns.position} as position, task.preview, task.whole,
            row_number() over (partition by ${board_columns.id} order by task.place, task.task_id) as n
          from ${first(sql`${tasks.position} as place, ${tasks.id} as task_id, ${REST} + ${title} + ${preview} as preview,
            case when not (select cut from sum) then ${REST} + ${title} + ${whole} end as whole`)}) as card) as sized
      where (select "check" from sum) and ((select cut from sum) or whole > ${page.bytes}) group by id)`
}

/** A card as JSON text: of a long description the beginning, and a word of it, where the board is too large. */
function cardJson() {
  const columns = getTableColumns(tasks)
  const { description } = columns
  const shown = sql.raw(String(PREVIEW))
  const json = rowJson(columns)
  const short = rowJson({
    ...columns,
    description: sql`left(${description}, ${shown})`,
    description_truncated: sql`true`,
  })
  const long = sql`share.heavy and octet_length(${description}) > ${shown} and char_length(left(${description}, ${shown} + 1)) > ${shown}`
  return sql`case when ${long} then ${short} else ${json} end::text`
}

/** The cursor before the first card of a column. */
const BEFORE_ALL = sql`'["0","00000000-0000-0000-0000-000000000000"]'`

/**
 * A board as JSON text, made where its rows are: no driver takes thousands of values apart to make text
 * of them again. First the project and its first members; then each column and its first tasks, one index
 * range each, and the key of the last of them if there are more. In parts, as Postgres would copy the
 * text of the whole at every level: that takes longer than making it. Of a crowd there are the first members
 * and whoever a card on the board is assigned to, and `last` is of the first and the number of all. Cards of more
 * than `bytes` are previews, and as many of them as fit.
 */
export const selectBoard = preparedStatement((orm, page: FirstPage) => {
  const { project_id, per_column, members } = page
  const head = { seq: projects.event_seq, epoch: projects.stream_epoch, project: projectColumns }
  const membersOf = sql`from ${project_members} where ${project_members.project_id} = ${project_id}`
  const crowd = sql`(select case when cardinality(ids) > ${members} then ids[${members}] end as edge
    from (select array(select user_id ${membersOf} order by user_id limit ${members} + 1) as ids) as first)`
  const assigned = sql`array(
    select unnest(task.assignee_ids) from ${board_columns}
    cross join lateral ${firstOf(page, sql`${tasks.assignee_ids}`)} as task
    where ${board_columns.project_id} = ${project_id} and crowd.edge is not null)`
  const parts = sql`
    with ${boundOf(page)}
    select null::numeric as position, ${rowJson(head)}::text as self, (
      select string_agg(member.json, ',') from (
        select ${rowJson(memberColumns)}::text as json from ${project_members}
        join ${users} on ${users.id} = ${project_members.user_id}
        where ${project_members.project_id} = ${project_id} and (crowd.edge is null
          or ${project_members.user_id} <= crowd.edge or ${project_members.user_id} = any(${assigned}))
        order by ${project_members.user_id}
      ) as member
    ) as within, case when crowd.edge is not null then json_build_array(crowd.edge, (select count(*) ${membersOf}))::text end as last
    from ${projects} cross join ${crowd} as crowd where ${projects.id} = ${project_id}
    union all
    select ${board_columns.position}, ${rowJson({ ...getTableColumns(board_columns), task_count: sql`live.count` })}::text,
      first.tasks, case when live.count > share.shown then coalesce(first.last, ${BEFORE_ALL}) end
    from ${board_columns} left join shares on shares.id = ${board_columns.id}
    cross join lateral (select coalesce(shares.shown, ${per_column}) as shown, shares.id is not null as heavy) as share
    cross join lateral (select count(*) from ${tasks} where ${live(project_id)}) as live
    left join lateral (
      select string_agg(task.json, ',') as tasks,
        json_build_array((array_agg(task.position))[share.shown]::text, (array_agg(task.id))[share.shown])::text as last
      from (
        select ${cardJson()} as json, ${tasks.position}, ${tasks.id} from ${firstOf(page, sql`*`)} as tasks
        order by ${tasks.position}, ${tasks.id} limit share.shown
      ) as task
      having count(*) > 0
    ) as first on true
    where ${board_columns.project_id} = ${project_id}`
  return orm
    .select({ self: sql<string>`self`, within: sql<string | null>`within`, last: sql<string | null>`last` })
    .from(sql`(${parts}) as part`)
    .orderBy(sql`position nulls first`)
})

/** Live tasks by column, its category, and whether their day has passed in the reader's time zone. */
export const selectProgress = (orm: Orm, project_id: string, me: string) =>
  orm
    .select({
      key: board_columns.key,
      category: board_columns.category,
      count: sql`count(${tasks.id})`.mapWith(Number),
      overdue:
        sql`count(*) filter (where ${tasks.completed_at} is null and ${tasks.due_date} < (now() at time zone (select ${users.timezone} from ${users} where ${eq(users.id, me)}))::date)`.mapWith(
          Number,
        ),
    })
    .from(board_columns)
    .leftJoin(
      tasks,
      and(
        eq(tasks.project_id, board_columns.project_id),
        eq(tasks.status, board_columns.key),
        sql`${tasks.deleted_at} is null`,
      ),
    )
    .where(eq(board_columns.project_id, project_id))
    .groupBy(board_columns.key, board_columns.category, board_columns.position)
    .orderBy(asc(board_columns.position))

type ActivityFilter = Omit<ListActivity, 'cursor'> & { project_id: string; cursor?: number }

const conditionsOf = ({ project_id, task_id, user_id, action }: ActivityFilter) =>
  and(
    eq(activity_logs.project_id, project_id),
    task_id ? eq(activity_logs.task_id, task_id) : undefined,
    user_id ? eq(activity_logs.user_id, user_id) : undefined,
    action ? eq(activity_logs.action, action) : undefined,
  )

/**
 * The journal: newest first, or with `since` in order from there. Row by row along an index, until there
 * are `limit` and one more, or PAGE_BYTES: what is not shown is not read either. `found` counts the one more.
 */
export const selectActivity = (orm: Orm, filter: ActivityFilter, bytes: number) => {
  const { seq, data, changes } = activity_logs
  const forward = filter.since !== undefined
  const start = forward ? Math.max(filter.since ?? 0, filter.cursor ?? 0) : filter.cursor
  const direction = sql.raw(forward ? 'asc' : 'desc')
  const beyond = (from: SQL) => (forward ? gt(seq, from) : lt(seq, from))
  const next = (from: SQL | undefined) => sql`(
    select ${seq} as seq, octet_length(${data}::text) + octet_length(${changes}::text) as bytes from ${activity_logs}
    where ${and(conditionsOf(filter), from && beyond(from))} order by ${seq} ${direction} limit 1)`
  const page = sql`
    with recursive page (seq, bytes, before, n) as (
      select first.seq, first.bytes, 0::bigint, 1 from ${next(start === undefined ? undefined : sql`${start}::bigint`)} as first
      union all
      select next.seq, next.bytes, page.before + page.bytes, page.n + 1
      from page cross join lateral ${next(sql`page.seq`)} as next
      where page.n <= ${filter.limit} and page.before <= ${bytes})
    select seq as page_seq, before, (select count(*) from page)::int as found from page`
  return orm
    .select({ ...getTableColumns(activity_logs), found: sql<number>`found` })
    .from(activity_logs)
    .innerJoin(sql`(${page}) as page`, sql`${seq} = page_seq`)
    .where(and(eq(activity_logs.project_id, filter.project_id), sql`before <= ${bytes}`))
    .orderBy(forward ? asc(seq) : desc(seq))
}
