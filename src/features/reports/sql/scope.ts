import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import { askedDay } from '../../../db/day.ts'
import type { ReportQuery } from '../model/schema.ts'

type Period = { from?: string; to?: string; tz?: string; interval?: ReportQuery['interval']; column?: string }
type Filter = Pick<ReportQuery, 'assignee_id' | 'priority' | 'column'>

/** The scope of a report: a project (null: several), and which of its days and tasks. */
export type Scope = { project: string | null; me: string | SQL; now: Date; query: Period & Filter }

/** The one row of `report_period`: tz, first, last, today. Raises for a period that makes no sense. */
export const period = ({ project, me, now, query: q }: Scope) =>
  sql`select * from report_period(${project}::uuid, ${me}::uuid, zone_of(${q.tz ?? null}), ${askedDay(q.from, q.tz, me) ?? null}::date, ${askedDay(q.to, q.tz, me) ?? null}::date, ${q.interval ?? 'day'}, ${q.column ?? null}, ${now.toISOString()}::timestamptz)`

/** A sub-query as a JSON array of its rows. */
export const jsonRows = (rows: SQL) => sql`(select coalesce(json_agg(r), '[]') from (${rows}) r)`

/** A report is one JSON value: whatever its parts, it is one row that arrives with the right types. */
export const askJson = <T>(ctx: Ctx, ctes: SQL[], value: SQL) =>
  ctx.db.readOnly.execute<{ report: T }>(sql`with ${sql.join(ctes, sql`, `)} select ${value} as report`)

/** A statement that answers with one value of this type. */
export type Json<T> = ReturnType<typeof askJson<T>>

/**
 * For the rest of the transaction: Postgres guesses that a report is dear, and compiling it would
 * take longer than running it does (0.8 s for 0.04 s, measured on 10,000 tasks).
 */
export const withoutJit = (ctx: Ctx) => ctx.db.readOnly.execute(sql`select set_config('jit', 'off', true)`)

export const periodCte = (scope: Scope) => sql`p as materialized (${period(scope)})`

/** An instant as all our JSON writes it. */
export const rfc3339 = (at: SQL) => sql`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const all = (conditions: (SQL | undefined | false | '')[]) =>
  sql.join(
    conditions.filter((condition): condition is SQL => Boolean(condition)),
    sql` and `,
  )

/** Of `tasks t`: whether numbers count it. One that was archived unfinished is as in the trash (drizzle/functions/reports.sql). */
export const isCounted = sql`t.deleted_at is null and (t.archived_at is null or t.completed_at is not null)`

/** Conditions on `tasks t`: of the project, and what the filter leaves. */
export const ofTasks = ({ project, query: q }: Scope) =>
  all([
    sql`t.project_id = ${project}::uuid`,
    q.assignee_id && sql`t.assignee_ids @> array[${q.assignee_id}::uuid]`,
    q.priority && sql`t.priority = ${q.priority}`,
    q.column && sql`t.status = ${q.column}`,
  ])

/**
 * Conditions on `task_steps`: the steps of the tasks that pass the filter. A purged task that has not come back is
 * filtered by its last journal row, and is in no column.
 */
export function ofSteps(scope: Scope): SQL {
  const { project, query: q } = scope
  const own = sql`project_id = ${project}::uuid`
  if (!q.assignee_id && !q.priority && !q.column) return own
  const purged = all([
    sql`project_id = ${project}::uuid and action = 'task.purged'`,
    sql`not exists (select from tasks back where back.id = activity_logs.task_id and back.project_id = ${project}::uuid)`,
    q.assignee_id && sql`data -> 'assignee_ids' ? ${q.assignee_id}`,
    q.priority && sql`data ->> 'priority' = ${q.priority}`,
    q.column && sql`false`,
  ])
  return sql`${own} and task_id in (
    select t.id from tasks t where ${ofTasks(scope)} union all select task_id from activity_logs where ${purged})`
}

/** Adds `u.name` to some rows: one look at the index each, however many rows Postgres expects. */
export const withName = (user_id: SQL) =>
  sql`left join lateral (select name from users where id = ${user_id} limit 1) u on true`
