import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import type { COLUMN_CATEGORIES } from '../../../db/schema.ts'
import { isCounted, periodCte, type Scope, selectJson, toJsonRows, toRfc3339 } from './scope.ts'
import { categoriesOf, completionCtes, dayOfQuarter, isWithinPeriod, quarterOf, stepsCte } from './steps.ts'

/** A list in an answer has at most this many tasks. */
const MAX_TASKS = 5_000

export type ColumnDelta = { day: string; key: string; n: number }
export type BoardColumn = { key: string; name: string; category: (typeof COLUMN_CATEGORIES)[number] }

const columnsOf = ({ project, query }: Scope) =>
  toJsonRows(sql`select key, name, category from board_columns where project_id = ${project}::uuid
    ${query.column ? sql`and key = ${query.column}` : sql``} order by position`)

/** In a report by column, the column filter chooses the columns and not the tasks. */
const removeColumnFilter = (scope: Scope): Scope => ({ ...scope, query: { ...scope.query, column: undefined } })
const columnFilterOf = ({ query }: Scope) => (query.column ? sql`and key = ${query.column}` : sql``)

/** Estimates are decimals, and added up as such: 0.1 and 0.2 are 0.3. */
const sumDecimals = (column: SQL) => sql`coalesce(sum(${column}::numeric) filter (where ${column} <> 0), 0)`

/** The CTE `moves`: how many tasks went from column to column, by quarter of an hour. `p`: the source of `since`. */
const movesCte = (
  since: SQL,
  p = sql`p`,
) => sql`moves as (select ${quarterOf(since)} as quarter, column_key, previous_column_key,
  count(*)::int as n, ${sumDecimals(sql`estimate`)} as estimate, ${sumDecimals(sql`had`)} as had from steps, ${p} group by 1, 2, 3)`

/** The change of each column's number of tasks by day; changes before the period count on its first day. */
export const selectFlow = (ctx: Ctx, scope: Scope) =>
  selectJson<{ columns: BoardColumn[]; deltas: ColumnDelta[] }>(
    ctx,
    [periodCte(scope), stepsCte(removeColumnFilter(scope)), movesCte(sql`p.first`)],
    sql`json_build_object('columns', ${columnsOf(scope)}, 'deltas', ${toJsonRows(sql`
      select greatest(${dayOfQuarter}, p.first) as day, key, sum(d.n)::int as n
      from moves cross join lateral (values (column_key, moves.n), (previous_column_key, -moves.n)) d(key, n), p
      where key is not null and column_key is distinct from previous_column_key and ${dayOfQuarter} <= p.last ${columnFilterOf(scope)}
      group by 1, 2 order by 1, 2`)})`,
  )

/** The change of open and done tasks on a day, and the sum of the estimates of open tasks at its end. */
export type BurnDelta = { day: string; open: number; done: number; estimate: number }
/** The even pace begins on the first day with any scope, not before the start date. */
type Pace = { day: string; scope: number }
export type BurnFacts = { start_date: string | null; due_date: string | null; deltas: BurnDelta[]; pace: Pace | null }

const isDone = (column: SQL) => sql`coalesce(${column}.category = 'done', false)`
/** A column of which nothing is known (its journal was not loaded) counts as open. */
const isOpen = (column: SQL, key: SQL) =>
  sql`${key} is not null and coalesce(${column}.category not in ('done', 'cancelled'), true)`

/**
 * The CTE `sides`: the rows of `moves`, with whether the column left and the column entered count as open or as done.
 * `days`: the change of open, done and estimate on each day. Both include all earlier changes, added up in one quarter.
 */
const sidesCtes = ({ project }: Scope) => [
  sql`plan as (select p.*, start_date, due_date from p, projects where id = ${project}::uuid)`,
  movesCte(sql`least(plan.first, start_date)`, sql`plan`),
  sql`sides as (select moves.*, ${isDone(sql`c`)} as done, ${isOpen(sql`c`, sql`column_key`)} as open,
      ${isDone(sql`w`)} as was_done, ${isOpen(sql`w`, sql`previous_column_key`)} as was_open
    from moves left join ${categoriesOf(project)} c on c.key = column_key
      left join ${categoriesOf(project)} w on w.key = previous_column_key)`,
  sql`days as (select ${dayOfQuarter} as day, sum(n * (open::int - was_open::int))::int as open,
      sum(n * (done::int - was_done::int))::int as done, sum(open::int * estimate - was_open::int * had) as estimate
    from sides, p where ${dayOfQuarter} <= p.last group by 1)`,
]

/** The change of open and done work by day; changes before the period count on its first day. */
export const selectBurn = (ctx: Ctx, scope: Scope) =>
  selectJson<BurnFacts>(
    ctx,
    [periodCte(scope), stepsCte(scope), ...sidesCtes(scope)],
    sql`(select json_build_object('start_date', start_date, 'due_date', due_date, 'deltas', ${toJsonRows(sql`
      select greatest(day, p.first) as day, sum(open)::int as open, sum(done)::int as done,
        sum(sum(estimate)) over (order by greatest(day, p.first)) as estimate
      from days, p group by 1 order by 1`)}, 'pace', (
      select json_build_object('day', greatest(day, start_date), 'scope', scope) from (
        select day, sum(open + done) over (order by day) as scope, lead(day) over (order by day) as until from days) held
      where scope > 0 and (until > start_date) is not false order by day limit 1)) from plan)`,
  )

export type TimedTask = { task_id: string; number: string; title: string; completed_at: string; hours: number }
type Times = { count: number; percentiles: number[] | null; mean: number | null; tasks: TimedTask[] }

/** Cycle or lead times, in hours, of the tasks that were finished within the period. */
export const selectDurations = (ctx: Ctx, scope: Scope, kind: 'cycle' | 'lead') => {
  const hours = kind === 'cycle' ? sql`cycle` : sql`lead`
  return selectJson<Times>(
    ctx,
    [
      periodCte(scope),
      ...completionCtes(scope),
      sql`timed as materialized (select f.*, ${hours} as hours from finished f, p where day between p.first and p.last)`,
    ],
    sql`(select json_build_object('count', count(*), 'mean', avg(hours),
      'percentiles', percentile_cont(array[0.5, 0.85, 0.95]) within group (order by hours),
      'tasks', ${toJsonRows(sql`select task_id, number, title, ${toRfc3339(sql`ended`)} as completed_at, hours
        from (select * from timed order by ended desc, task_id desc limit ${MAX_TASKS}) newest order by ended, task_id`)}) from timed)`,
  )
}

export type Finished = { day: string; n: number }

/** How many tasks were finished on each day; days without any are left out. */
export const countFinishedByDay = (ctx: Ctx, scope: Scope) =>
  selectJson<Finished[]>(
    ctx,
    [periodCte(scope), ...completionCtes(scope)],
    toJsonRows(
      sql`select day, count(*)::int as n from finished, p where day between p.first and p.last group by 1 order by 1`,
    ),
  )

type Stay = { key: string; count: number; p50: number; p85: number }

/** How many hours tasks stayed in each column: each stay that ended within the period counts. */
export const selectStays = (ctx: Ctx, scope: Scope) =>
  selectJson<{ columns: BoardColumn[]; stays: Stay[] }>(
    ctx,
    [periodCte(scope), stepsCte(removeColumnFilter(scope))],
    sql`json_build_object('columns', ${columnsOf(scope)}, 'stays', ${toJsonRows(sql`
      select key, count(*)::int as count, percentile_cont(0.5) within group (order by hours) as p50,
        percentile_cont(0.85) within group (order by hours) as p85
      from (select previous_column_key as key, (extract(epoch from at - entered_at) / 3600)::float8 as hours from steps, p
        where previous_column_key is not null and column_key is distinct from previous_column_key and ${isWithinPeriod(sql`at`)}) stays
      where true ${columnFilterOf(scope)} group by key order by key`)})`,
  )

type OldTask = { task_id: string; number: string; title: string; status: string; hours: number; at_risk: boolean }

/** Tasks that were begun and are not finished, the oldest first; `at_risk`: older than p85 of the cycle times. */
export const selectAging = (ctx: Ctx, scope: Scope) =>
  selectJson<{ p85: number | null; columns: BoardColumn[]; found: number; tasks: OldTask[] }>(
    ctx,
    [
      periodCte(scope),
      ...completionCtes({ ...scope, query: { ...scope.query, column: undefined } }),
      sql`usual as (select percentile_cont(0.85) within group (order by cycle) as p85 from finished, p where day between p.first and p.last)`,
      sql`started as materialized (
        select t.id, t.number, t.title, t.status, m.begun, count(*) over () as found
        from marks m join tasks t on t.id = m.task_id
          join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category in ('in_progress', 'review')
        where t.project_id = ${scope.project}::uuid and ${isCounted} and m.begun is not null
          ${scope.query.column ? sql`and t.status = ${scope.query.column}` : sql``}
        order by m.begun, t.id limit ${MAX_TASKS})`,
    ],
    sql`(select json_build_object('p85', p85, 'columns', ${columnsOf(scope)},
      'found', coalesce((select found from started limit 1), 0), 'tasks', ${toJsonRows(sql`
      select task_id, number, title, status, hours, coalesce(hours > usual.p85, false) as at_risk from (
        select id as task_id, number, title, status, begun,
          (greatest(0, extract(epoch from ${scope.now.toISOString()}::timestamptz - begun)) / 3600)::float8 as hours
        from started) aged order by begun, task_id`)}) from usual)`,
  )
