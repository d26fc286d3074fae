import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import type { COLUMN_CATEGORIES } from '../../../db/schema.ts'
import { askJson, isCounted, jsonRows, periodCte, rfc3339, type Scope } from './scope.ts'
import { categories, completions, dayOfQuarter, quarterSince, steps, withinPeriod } from './steps.ts'

/** Tasks that a list in an answer holds at most. */
const LISTED = 5_000

export type ColumnDelta = { day: string; key: string; n: number }
export type BoardColumn = { key: string; name: string; category: (typeof COLUMN_CATEGORIES)[number] }

const columnsOf = ({ project, query }: Scope) =>
  jsonRows(sql`select key, name, category from board_columns where project_id = ${project}::uuid
    ${query.column ? sql`and key = ${query.column}` : sql``} order by position`)

/** In a report by column, the column filter chooses the columns and not the tasks. */
const byColumn = (scope: Scope): Scope => ({ ...scope, query: { ...scope.query, column: undefined } })
const onlyColumn = ({ query }: Scope) => (query.column ? sql`and key = ${query.column}` : sql``)

/** Estimates are decimals, and added up as such: 0.1 and 0.2 are 0.3. */
const decimals = (column: SQL) => sql`coalesce(sum(${column}::numeric) filter (where ${column} <> 0), 0)`

/** `moves`: how many tasks went from one place to another, by quarter of an hour since a day of the source `p`. */
const moves = (since: SQL, p = sql`p`) => sql`moves as (select ${quarterSince(since)} as quarter, place, was_place,
  count(*)::int as n, ${decimals(sql`estimate`)} as estimate, ${decimals(sql`had`)} as had from steps, ${p} group by 1, 2, 3)`

/** How each column grew and shrank, day by day; what was before the period counts on its first day. */
export const cumulativeFlow = (ctx: Ctx, scope: Scope) =>
  askJson<{ columns: BoardColumn[]; deltas: ColumnDelta[] }>(
    ctx,
    [periodCte(scope), steps(byColumn(scope)), moves(sql`p.first`)],
    sql`json_build_object('columns', ${columnsOf(scope)}, 'deltas', ${jsonRows(sql`
      select greatest(${dayOfQuarter}, p.first) as day, key, sum(d.n)::int as n
      from moves cross join lateral (values (place, moves.n), (was_place, -moves.n)) d(key, n), p
      where key is not null and place is distinct from was_place and ${dayOfQuarter} <= p.last ${onlyColumn(scope)}
      group by 1, 2 order by 1, 2`)})`,
  )

/** How a day changed what is open and done, and the estimate of all that was open when it ended. */
export type BurnDelta = { day: string; open: number; done: number; estimate: number }
/** The even pace begins on the first day, from the start date on, that has any scope. */
type Pace = { day: string; scope: number }
export type Burn = { start_date: string | null; due_date: string | null; deltas: BurnDelta[]; pace: Pace | null }

const isDone = (column: SQL) => sql`coalesce(${column}.category = 'done', false)`
/** A column of which nothing is known (its journal was not loaded) counts as open. */
const isOpen = (column: SQL, place: SQL) =>
  sql`${place} is not null and coalesce(${column}.category not in ('done', 'cancelled'), true)`

/** `sides`: those moves by what they mean. `days`: what each day made of it, from before the start date on. */
const sides = ({ project }: Scope) => [
  sql`plan as (select p.*, start_date, due_date from p, projects where id = ${project}::uuid)`,
  moves(sql`least(plan.first, start_date)`, sql`plan`),
  sql`sides as (select moves.*, ${isDone(sql`c`)} as done, ${isOpen(sql`c`, sql`place`)} as open,
      ${isDone(sql`w`)} as was_done, ${isOpen(sql`w`, sql`was_place`)} as was_open
    from moves left join ${categories(project)} c on c.key = place
      left join ${categories(project)} w on w.key = was_place)`,
  sql`days as (select ${dayOfQuarter} as day, sum(n * (open::int - was_open::int))::int as open,
      sum(n * (done::int - was_done::int))::int as done, sum(open::int * estimate - was_open::int * had) as estimate
    from sides, p where ${dayOfQuarter} <= p.last group by 1)`,
]

/** How open and done work grew and shrank, day by day; what was before the period counts on its first day. */
export const burn = (ctx: Ctx, scope: Scope) =>
  askJson<Burn>(
    ctx,
    [periodCte(scope), steps(scope), ...sides(scope)],
    sql`(select json_build_object('start_date', start_date, 'due_date', due_date, 'deltas', ${jsonRows(sql`
      select greatest(day, p.first) as day, sum(open)::int as open, sum(done)::int as done,
        sum(sum(estimate)) over (order by greatest(day, p.first)) as estimate
      from days, p group by 1 order by 1`)}, 'pace', (
      select json_build_object('day', greatest(day, start_date), 'scope', scope) from (
        select day, sum(open + done) over (order by day) as scope, lead(day) over (order by day) as until from days) held
      where scope > 0 and (until > start_date) is not false order by day limit 1)) from plan)`,
  )

export type TimedTask = { task_id: string; number: string; title: string; completed_at: string; hours: number }
type Times = { count: number; percentiles: number[] | null; mean: number | null; tasks: TimedTask[] }

/** Cycle or lead times of what was finished within the period. */
export const durations = (ctx: Ctx, scope: Scope, kind: 'cycle' | 'lead') => {
  const hours = kind === 'cycle' ? sql`cycle` : sql`lead`
  return askJson<Times>(
    ctx,
    [
      periodCte(scope),
      ...completions(scope),
      sql`timed as materialized (select f.*, ${hours} as hours from finished f, p where day between p.first and p.last)`,
    ],
    sql`(select json_build_object('count', count(*), 'mean', avg(hours),
      'percentiles', percentile_cont(array[0.5, 0.85, 0.95]) within group (order by hours),
      'tasks', ${jsonRows(sql`select task_id, number, title, ${rfc3339(sql`ended`)} as completed_at, hours
        from (select * from timed order by ended desc, task_id desc limit ${LISTED}) newest order by ended, task_id`)}) from timed)`,
  )
}

export type Finished = { day: string; n: number }

/** How many tasks were finished on each day that saw any. */
export const finishedByDay = (ctx: Ctx, scope: Scope) =>
  askJson<Finished[]>(
    ctx,
    [periodCte(scope), ...completions(scope)],
    jsonRows(
      sql`select day, count(*)::int as n from finished, p where day between p.first and p.last group by 1 order by 1`,
    ),
  )

type Stay = { key: string; count: number; p50: number; p85: number }

/** How long tasks stayed in each column: the stays that ended within the period, one by one. */
export const timeInColumn = (ctx: Ctx, scope: Scope) =>
  askJson<{ columns: BoardColumn[]; stays: Stay[] }>(
    ctx,
    [periodCte(scope), steps(byColumn(scope))],
    sql`json_build_object('columns', ${columnsOf(scope)}, 'stays', ${jsonRows(sql`
      select key, count(*)::int as count, percentile_cont(0.5) within group (order by hours) as p50,
        percentile_cont(0.85) within group (order by hours) as p85
      from (select was_place as key, (extract(epoch from at - entered_at) / 3600)::float8 as hours from steps, p
        where was_place is not null and place is distinct from was_place and ${withinPeriod(sql`at`)}) stays
      where true ${onlyColumn(scope)} group by key order by key`)})`,
  )

type OldTask = { task_id: string; number: string; title: string; status: string; hours: number; at_risk: boolean }

/** Tasks that were begun and are not finished, the oldest first, against what was usual. */
export const aging = (ctx: Ctx, scope: Scope) =>
  askJson<{ p85: number | null; columns: BoardColumn[]; tasks: OldTask[] }>(
    ctx,
    [
      periodCte(scope),
      ...completions({ ...scope, query: { ...scope.query, column: undefined } }),
      sql`usual as (select percentile_cont(0.85) within group (order by cycle) as p85 from finished, p where day between p.first and p.last)`,
    ],
    sql`(select json_build_object('p85', p85, 'columns', ${columnsOf(scope)}, 'tasks', ${jsonRows(sql`
      select *, coalesce(hours > usual.p85, false) as at_risk from (
        select t.id as task_id, t.number, t.title, t.status,
          (greatest(0, extract(epoch from ${scope.now.toISOString()}::timestamptz - m.begun)) / 3600)::float8 as hours
        from marks m join tasks t on t.id = m.task_id
          join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category in ('in_progress', 'review')
        where t.project_id = ${scope.project}::uuid and ${isCounted} and m.begun is not null
          ${scope.query.column ? sql`and t.status = ${scope.query.column}` : sql``}
        order by m.begun, t.id limit ${LISTED}) started`)}) from usual)`,
  )
