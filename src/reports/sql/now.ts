import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../env.ts'
import type { Activity, Envelope, Overview, Workload } from '../schema.ts'
import { completions } from './journal.ts'
import { askJson, jsonRows, ofTasks, periodCte, rfc3339, type Scope } from './scope.ts'

export type Head = Omit<Envelope, 'interval' | 'generated_at'> & { today: string }

/** What every answer begins with. */
export const head = (ctx: Ctx, scope: Scope) =>
  askJson<Head>(
    ctx,
    [periodCte(scope)],
    sql`(select json_build_object('project_id', j.id, 'project_name', j.name, 'from', p.first, 'to', p.last,
      'tz', p.tz, 'today', p.today, 'seq', j.event_seq) from p left join projects j on j.id = ${scope.project}::uuid)`,
  )

/** `live`: the tasks on the board, and what their columns mean. */
const live = (scope: Scope) => sql`live as (
  select t.*, c.category, c.category = 'done' as done, c.category in ('in_progress', 'review') as begun,
    c.category not in ('done', 'cancelled') as open,
    c.category not in ('done', 'cancelled') and t.due_date < p.today as overdue
  from tasks t join board_columns c on c.project_id = t.project_id and c.key = t.status, p
  where ${ofTasks(scope)} and t.deleted_at is null)`

/** `shares`: live tasks once per assignee; those of nobody once. */
const shares = ({ query }: Scope) => sql`shares as (
  select live.*, a.user_id from live
    cross join lateral unnest(case when assignee_ids = '{}' then array[null::uuid] else assignee_ids end) a(user_id)
  ${query.assignee_id ? sql`where a.user_id = ${query.assignee_id}::uuid` : sql``})`

const tally = (condition: SQL) => sql`count(*) filter (where ${condition})::int`

/** Counts in this period, and in the one of equal length right before. */
const twice = (days: SQL) => sql`(select json_build_object(
  'current', count(*) filter (where day between p.first and p.last),
  'previous', count(*) filter (where day between p.first - (p.last - p.first + 1) and p.first - 1)) from ${days}, p)`

type Count = { current: number; previous: number }
type ByAssignee = {
  user_id: string | null
  name: string | null
  open: number
  in_progress: number
  done: number
  overdue: number
}
export type SummaryRow = {
  columns: { key: string; category: string; count: number }[]
  priorities: { key: string; count: number }[]
  by_assignee: ByAssignee[]
  overdue: number
  due_soon: number
  created: Count
  completed: Count
}

export const summary = (ctx: Ctx, scope: Scope) =>
  askJson<SummaryRow>(
    ctx,
    [periodCte(scope), ...completions(scope), live(scope), shares(scope)],
    sql`json_build_object(
      'columns', ${jsonRows(sql`select c.key, c.category, count(live.id)::int as count from board_columns c
        left join live on live.status = c.key where c.project_id = ${scope.project}::uuid group by c.id order by c.position`)},
      'priorities', ${jsonRows(sql`select priority as key, count(*)::int as count from live group by 1`)},
      'by_assignee', ${jsonRows(sql`select s.user_id, u.name, ${tally(sql`open`)} as open, ${tally(sql`begun`)} as in_progress,
        ${tally(sql`done`)} as done, ${tally(sql`overdue`)} as overdue
        from shares s left join users u on u.id = s.user_id group by 1, 2 order by u.name nulls last, s.user_id`)},
      'overdue', (select ${tally(sql`overdue`)} from live),
      'due_soon', (select ${tally(sql`open and due_date between p.today and p.today + 7`)} from live, p),
      'created', ${twice(sql`(select (born at time zone p.tz)::date as day from marks, p) born`)},
      'completed', ${twice(sql`finished`)})`,
  )

/** What lies before each member, and before nobody yet. */
export const workload = (ctx: Ctx, scope: Scope) =>
  askJson<Workload['assignees']>(
    ctx,
    [
      periodCte(scope),
      live(scope),
      shares(scope),
      sql`people as (select user_id from project_members where project_id = ${scope.project}::uuid
        ${scope.query.assignee_id ? sql`and user_id = ${scope.query.assignee_id}::uuid` : sql``}
        union select user_id from shares)`,
    ],
    jsonRows(sql`select w.user_id, u.name, ${tally(sql`s.open`)} as open, ${tally(sql`s.begun`)} as in_progress,
      ${tally(sql`s.overdue`)} as overdue, coalesce(sum(s.estimate) filter (where s.open), 0) as estimate
      from people w left join users u on u.id = w.user_id left join shares s on s.user_id is not distinct from w.user_id
      group by 1, 2 order by u.name nulls last, w.user_id`),
  )

/** How many tasks are open: what a forecast is about when nobody says. */
export const openTasks = (ctx: Ctx, scope: Scope) =>
  askJson<number>(ctx, [periodCte(scope), live(scope)], sql`(select ${tally(sql`open`)} from live)`)

/** My projects, or every project for an administrator. */
const mine = (me: string) => sql`(
  exists (select 1 from project_members m where m.project_id = j.id and m.user_id = ${me}::uuid)
  or (select role from users where id = ${me}::uuid) = 'admin')`

type OverviewRow = Omit<Overview['projects'][number], 'health' | 'percent'> & {
  open: number
  done: number
  start_date: string | null
  due_date: string | null
}

/** Projects that an overview shows at most: those where something happened last. */
const SHOWN = 500

export const overview = (ctx: Ctx, scope: Scope) =>
  askJson<OverviewRow[]>(
    ctx,
    [periodCte(scope)],
    jsonRows(sql`select j.id, j.key, j.name, j.start_date, j.due_date, n.*, ${rfc3339(sql`a.created_at`)} as last_activity_at
      from projects j cross join p
        left join lateral (select created_at from activity_logs where project_id = j.id order by seq desc limit 1) a on true
        cross join lateral (select ${tally(sql`c.category not in ('done', 'cancelled')`)} as open, ${tally(sql`c.category = 'done'`)} as done,
          ${tally(sql`c.category not in ('done', 'cancelled') and t.due_date < p.today`)} as overdue
          from tasks t join board_columns c on c.project_id = t.project_id and c.key = t.status
          where t.project_id = j.id and t.deleted_at is null
            ${scope.query.assignee_id ? sql`and t.assignee_ids @> array[${scope.query.assignee_id}::uuid]` : sql``}
            ${scope.query.priority ? sql`and t.priority = ${scope.query.priority}` : sql``}) n
      where j.status <> 'archived' and ${mine(scope.me)}
      order by a.created_at desc nulls last, j.id limit ${SHOWN}`),
  )

type ActivityRow = Pick<Activity, 'days' | 'by_user'> & { by_action: { action: string; count: number }[] }

/** When, by whom and what was done: one pass over the index activity_logs_time. */
export const activity = (ctx: Ctx, scope: Scope, user_id: string | undefined) =>
  askJson<ActivityRow>(
    ctx,
    [
      periodCte(scope),
      sql`done as materialized (
        select (l.created_at at time zone p.tz)::date as date, extract(hour from l.created_at at time zone p.tz)::int as hour,
          l.user_id, l.action, count(*)::int as count
        from p cross join projects j join activity_logs l on l.project_id = j.id
        where ${scope.project ? sql`j.id = ${scope.project}::uuid` : mine(scope.me)}
          and l.created_at >= (p.first - 1)::timestamp at time zone 'UTC' and l.created_at < (p.last + 2)::timestamp at time zone 'UTC'
          and (l.created_at at time zone p.tz)::date between p.first and p.last
          ${user_id ? sql`and l.user_id = ${user_id}::uuid` : sql``}
        group by 1, 2, 3, 4)`,
    ],
    sql`json_build_object(
      'days', ${jsonRows(sql`select date, hour, sum(count)::int as count from done group by 1, 2 order by 1, 2`)},
      'by_user', ${jsonRows(sql`select d.user_id, u.name, sum(count)::int as count from done d left join users u on u.id = d.user_id
        group by 1, 2 order by 3 desc, d.user_id`)},
      'by_action', ${jsonRows(sql`select action, sum(count)::int as count from done group by 1 order by 1`)})`,
  )
