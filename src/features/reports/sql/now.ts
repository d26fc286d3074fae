import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import type { Envelope, Workload } from '../model/answers.ts'
import { isCounted, joinName, periodCte, type Scope, selectJson, toJsonRows, whereTasks } from './scope.ts'
import { completionCtes } from './steps.ts'

export type Head = Omit<Envelope, 'interval' | 'generated_at'> & { today: string }

/** The fields that every report begins with. */
export const selectHead = (ctx: Ctx, scope: Scope) =>
  selectJson<Head>(
    ctx,
    [periodCte(scope)],
    sql`(select json_build_object('project_id', j.id, 'project_name', j.name, 'from', p.first, 'to', p.last,
      'tz', p.tz, 'today', p.today, 'seq', j.event_seq) from p left join projects j on j.id = ${scope.project}::uuid)`,
  )

/** The first day for which a forecast knows the past: of the period, but not before the project had its first task. */
export const selectForecastStart = (ctx: Ctx, scope: Scope) =>
  selectJson<string>(
    ctx,
    [periodCte(scope)],
    sql`(select to_json(least(p.last, greatest(p.first, (
      (select min(at) from task_steps where project_id = ${scope.project}::uuid) at time zone p.tz)::date))) from p)`,
  )

/** `live`: the tasks that reports count now (finished ones also when archived), and what their columns mean. */
const liveCte = (scope: Scope) => sql`live as (
  select t.id, t.status, t.priority, t.assignee_ids, t.estimate, t.due_date, c.category = 'done' as done, c.category in ('in_progress', 'review') as begun,
    c.category not in ('done', 'cancelled') as open,
    c.category not in ('done', 'cancelled') and t.due_date < p.today as overdue
  from tasks t join board_columns c on c.project_id = t.project_id and c.key = t.status, p
  where ${whereTasks(scope)} and ${isCounted})`

/** `shares`: live tasks, once per assignee; those without an assignee once. */
const sharesCte = ({ query }: Scope) => sql`shares as (
  select live.*, a.user_id from live
    cross join lateral unnest(case when assignee_ids = '{}' then array[null::uuid] else assignee_ids end) a(user_id)
  ${query.assignee_id ? sql`where a.user_id = ${query.assignee_id}::uuid` : sql``})`

export const countWhere = (condition: SQL) => sql`count(*) filter (where ${condition})::int`

/** Counts the rows of `days` within this period, and within the one of equal length before it. */
const countTwice = (days: SQL) => sql`(select json_build_object(
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
  columns: { key: string; name: string; category: string; count: number }[]
  priorities: { key: string; count: number }[]
  by_assignee: ByAssignee[]
  overdue: number
  due_soon: number
  created: Count
  completed: Count
}

export const selectSummary = (ctx: Ctx, scope: Scope) =>
  selectJson<SummaryRow>(
    ctx,
    [periodCte(scope), ...completionCtes(scope), liveCte(scope), sharesCte(scope)],
    sql`json_build_object(
      'columns', ${toJsonRows(sql`select c.key, c.name, c.category, count(live.id)::int as count from board_columns c
        left join live on live.status = c.key where c.project_id = ${scope.project}::uuid group by c.id order by c.position`)},
      'priorities', ${toJsonRows(sql`select priority as key, count(*)::int as count from live group by 1`)},
      'by_assignee', ${toJsonRows(sql`select s.user_id, u.name, ${countWhere(sql`open`)} as open, ${countWhere(sql`begun`)} as in_progress,
        ${countWhere(sql`done`)} as done, ${countWhere(sql`overdue`)} as overdue
        from shares s ${joinName(sql`s.user_id`)} group by 1, 2 order by u.name nulls last, s.user_id`)},
      'overdue', (select ${countWhere(sql`overdue`)} from live),
      'due_soon', (select ${countWhere(sql`open and due_date between p.today and p.today + 7`)} from live, p),
      'created', ${countTwice(sql`(select (at at time zone p.tz)::date as day from steps, p where was_status is null) born`)},
      'completed', ${countTwice(sql`finished`)})`,
  )

/** The open work of each member, and that without an assignee. */
export const selectWorkload = (ctx: Ctx, scope: Scope) =>
  selectJson<Workload['assignees']>(
    ctx,
    [
      periodCte(scope),
      liveCte(scope),
      sharesCte(scope),
      sql`people as (select user_id from project_members where project_id = ${scope.project}::uuid
        ${scope.query.assignee_id ? sql`and user_id = ${scope.query.assignee_id}::uuid` : sql``}
        union select user_id from shares)`,
    ],
    toJsonRows(sql`select w.user_id, u.name, ${countWhere(sql`s.open`)} as open, ${countWhere(sql`s.begun`)} as in_progress,
      ${countWhere(sql`s.overdue`)} as overdue, coalesce(sum(s.estimate::numeric) filter (where s.open), 0) as estimate
      from people w ${joinName(sql`w.user_id`)} left join shares s on s.user_id is not distinct from w.user_id
      group by 1, 2 order by u.name nulls last, w.user_id`),
  )

/** How many tasks are open: the default of a forecast. */
export const countOpenTasks = (ctx: Ctx, scope: Scope) =>
  selectJson<number>(ctx, [periodCte(scope), liveCte(scope)], sql`(select ${countWhere(sql`open`)} from live)`)
