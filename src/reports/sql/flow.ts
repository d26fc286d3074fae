import { sql } from 'drizzle-orm'
import type { Ctx } from '../../env.ts'
import { before, categories, completions, events } from './journal.ts'
import { askJson, jsonRows, periodCte, rfc3339, type Scope } from './scope.ts'

/** Tasks that a list in an answer holds at most. */
const LISTED = 5_000

export type ColumnDelta = { day: string; key: string; n: number }
export type BoardColumn = { key: string; name: string; category: string }

const columnsOf = ({ project, query }: Scope) =>
  jsonRows(sql`select key, name, category from board_columns where project_id = ${project}::uuid
    ${query.column ? sql`and key = ${query.column}` : sql``} order by position`)

/** In a report by column, the column filter chooses the columns and not the tasks. */
const byColumn = (scope: Scope): Scope => ({ ...scope, query: { ...scope.query, column: undefined } })
const onlyColumn = ({ query }: Scope) => (query.column ? sql`and key = ${query.column}` : sql``)

/** How each column grew and shrank, day by day; what was before the period counts on its first day. */
export const cumulativeFlow = (ctx: Ctx, scope: Scope) =>
  askJson<{ columns: BoardColumn[]; deltas: ColumnDelta[] }>(
    ctx,
    [
      periodCte(scope),
      events(byColumn(scope)),
      sql`steps as (select day, place, ${before(sql`place`)} as was from events)`,
    ],
    sql`json_build_object('columns', ${columnsOf(scope)}, 'deltas', ${jsonRows(sql`
      select greatest(day, p.first) as day, key, sum(n)::int as n
      from steps cross join lateral (values (place, 1), (was, -1)) d(key, n), p
      where key is not null and place is distinct from was and day <= p.last ${onlyColumn(scope)}
      group by 1, 2 order by 1, 2`)})`,
  )

export type BurnDelta = { day: string; open: number; done: number; estimate: number }
type Burn = { start_date: string | null; due_date: string | null; deltas: BurnDelta[] }

/** How open and done work grew and shrank, day by day. A column that was deleted counts as open. */
export const burn = (ctx: Ctx, scope: Scope) =>
  askJson<Burn>(
    ctx,
    [
      periodCte(scope),
      events(scope),
      sql`sides as (select task_id, seq, day, estimate, place is not null and coalesce(category = 'done', false) as done,
        place is not null and coalesce(category not in ('done', 'cancelled'), true) as open
        from events left join ${categories(scope.project)} c on c.key = place)`,
      sql`steps as (select *, coalesce(${before(sql`open`)}, false) as was_open,
        coalesce(${before(sql`done`)}, false) as was_done, coalesce(${before(sql`estimate`)}, 0) as had from sides)`,
    ],
    sql`(select json_build_object('start_date', start_date, 'due_date', due_date, 'deltas', ${jsonRows(sql`
      select greatest(day, p.first) as day, sum(open::int - was_open::int)::int as open, sum(done::int - was_done::int)::int as done,
        sum(open::int * estimate - was_open::int * had) as estimate
      from steps, p where day <= p.last group by 1 order by 1`)}) from projects where id = ${scope.project}::uuid)`,
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
    [
      periodCte(scope),
      events(byColumn(scope)),
      sql`entries as (select * from (select *, ${before(sql`place`)} as was from events) e where place is distinct from was)`,
      sql`stays as (select place as key, created_at, lead(created_at) over (partition by task_id order by seq) as left_at from entries)`,
    ],
    sql`json_build_object('columns', ${columnsOf(scope)}, 'stays', ${jsonRows(sql`
      select key, count(*)::int as count, percentile_cont(0.5) within group (order by hours) as p50,
        percentile_cont(0.85) within group (order by hours) as p85
      from (select key, (extract(epoch from left_at - created_at) / 3600)::float8 as hours from stays, p
        where key is not null and (left_at at time zone p.tz)::date between p.first and p.last ${onlyColumn(scope)}) timed
      group by key order by key`)})`,
  )

type OldTask = { task_id: string; number: string; title: string; status: string; hours: number; at_risk: boolean }

/** Tasks that were begun and are not finished, the oldest first, against what was usual. */
export const aging = (ctx: Ctx, scope: Scope) =>
  askJson<{ p85: number | null; tasks: OldTask[] }>(
    ctx,
    [
      periodCte(scope),
      ...completions({ ...scope, query: { ...scope.query, column: undefined } }),
      sql`usual as (select percentile_cont(0.85) within group (order by cycle) as p85 from finished, p where day between p.first and p.last)`,
    ],
    sql`(select json_build_object('p85', p85, 'tasks', ${jsonRows(sql`
      select *, coalesce(hours > usual.p85, false) as at_risk from (
        select t.id as task_id, t.number, t.title, t.status,
          (greatest(0, extract(epoch from ${scope.now.toISOString()}::timestamptz - m.begun)) / 3600)::float8 as hours
        from marks m join tasks t on t.id = m.task_id
          join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category in ('in_progress', 'review')
        where t.project_id = ${scope.project}::uuid and t.deleted_at is null and m.begun is not null
          ${scope.query.column ? sql`and t.status = ${scope.query.column}` : sql``}
        order by m.begun, t.id limit ${LISTED}) started`)}) from usual)`,
  )
