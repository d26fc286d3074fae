import { type SQL, sql } from 'drizzle-orm'
import { ofSteps, type Scope } from './scope.ts'

/**
 * `steps`: each time a task appeared, moved, left or got another estimate, from `task_steps`. `place` is the column it is in from then on (null: in the trash, or gone),
 * `status` the column it would be restored to; `was_…` is what the step before left.
 */
export const steps = (scope: Scope) => sql`steps as not materialized (
  select task_id, at, status, was_status, case when here then status end as place,
    case when was_here then was_status end as was_place, estimate, had, entered_at
  from task_steps where ${ofSteps(scope)})`

/** An instant that is before this day everywhere on Earth. */
const wellBefore = (day: SQL) => sql`(${day} - 2)::timestamp at time zone 'UTC'`
const EARLY = wellBefore(sql`p.first`)

/**
 * The quarter of an hour that a step belongs to, all those long before `day` as one. What is counted
 * by day is counted by quarter first: few days begin to be looked up in a time zone, and in none
 * (since 1972) does one begin within a quarter.
 */
export const quarterSince = (day: SQL) =>
  sql`date_bin('15 minutes', greatest(at, ${wellBefore(day)}), timestamptz 'epoch')`
export const dayOfQuarter = sql`(quarter at time zone p.tz)::date`

/** In the period: told by instants, but for those near its ends, whose day is looked up. */
export const withinPeriod = (at: SQL) => sql`${at} >= ${EARLY} and ${at} < (p.last + 2)::timestamp at time zone 'UTC'
  and ((${at} >= (p.first + 1)::timestamp at time zone 'UTC' and ${at} < (p.last - 1)::timestamp at time zone 'UTC')
    or (${at} at time zone p.tz)::date between p.first and p.last)`

/** The category of each column: now, or when it was deleted. */
export const categories = (project: Scope['project']) => sql`column_categories(${project}::uuid)`

/**
 * `marks`: of each task the first words about it (born), its first entry into an in_progress or
 * review column (begun), and its last into a done column from a column that was none (ended). An entry
 * is a change of status: coming back from the trash is none.
 */
const marks = ({ project }: Scope) => sql`marks as (
  select task_id, min(at) as born, min(at) filter (where c.category in ('in_progress', 'review')) as begun,
    max(at) filter (where c.category = 'done' and w.category is distinct from 'done') as ended
  from steps left join ${categories(project)} c on c.key = status left join ${categories(project)} w on w.key = was_status
  where status is distinct from was_status group by task_id)`

/** `finished`: the tasks that are done now, the day of it, and their cycle and lead times in hours. */
const finished = ({ project }: Scope) => sql`finished as (
  select t.id as task_id, t.number, t.title, m.ended, (m.ended at time zone p.tz)::date as day,
    (extract(epoch from m.ended - coalesce(m.begun, m.born)) / 3600)::float8 as cycle,
    (extract(epoch from m.ended - m.born) / 3600)::float8 as lead
  from marks m join tasks t on t.id = m.task_id
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category = 'done', p
  where t.project_id = ${project}::uuid and t.deleted_at is null and m.ended is not null)`

export const completions = (scope: Scope) => [steps(scope), marks(scope), finished(scope)]
