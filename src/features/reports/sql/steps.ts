import { type SQL, sql } from 'drizzle-orm'
import { isCounted, type Scope, whereSteps } from './scope.ts'

/**
 * The CTE `steps`: rows of `task_steps`. `column_key`: the column after the step (null: in the trash, archived
 * unfinished, or gone); `status`: the column to which it would be restored; `previous_column_key`, `was_status`, `had`:
 * column, status and estimate before.
 */
export const stepsCte = (scope: Scope) => sql`steps as not materialized (
  select task_id, at, status, was_status, case when here then status end as column_key,
    case when was_here then was_status end as previous_column_key, estimate, had, entered_at
  from task_steps where ${whereSteps(scope)})`

/** An instant that is before this day everywhere on Earth. */
const earlyInstantOf = (day: SQL) => sql`(${day} - 2)::timestamp at time zone 'UTC'`
const PERIOD_LIMIT = earlyInstantOf(sql`p.first`)

/**
 * The quarter of an hour of a step; all steps long before `day` share one. Steps are counted by quarter first and by
 * day then, so that few instants are converted to the time zone. Since 1972 every day, in every zone,
 * begins at a quarter of an hour.
 */
export const quarterOf = (day: SQL) =>
  sql`date_bin('15 minutes', greatest(at, ${earlyInstantOf(day)}), timestamptz 'epoch')`
export const dayOfQuarter = sql`(quarter at time zone p.tz)::date`

/** Whether an instant is in the period. Only near its ends, the instant is converted to a day of the time zone. */
export const isWithinPeriod = (
  at: SQL,
) => sql`${at} >= ${PERIOD_LIMIT} and ${at} < (p.last + 2)::timestamp at time zone 'UTC'
  and ((${at} >= (p.first + 1)::timestamp at time zone 'UTC' and ${at} < (p.last - 1)::timestamp at time zone 'UTC')
    or (${at} at time zone p.tz)::date between p.first and p.last)`

/** The category of each column: now, or when it was deleted. */
export const categoriesOf = (project: Scope['project']) => sql`column_categories(${project}::uuid)`

/**
 * The CTE `marks`: when each task appeared, first entered an in_progress or review column (begun), and last
 * entered a done column from another category (ended). An entry is a change of status, so a restored task has none. A
 * task that left for another project and came back has appeared, and begun, since then only. Materialized: if Postgres
 * expects few tasks, it would compute `marks` anew for each of them.
 */
const marksCte = ({ project }: Scope) => sql`marks as materialized (
  select task_id, appeared, case when begun < appeared then (
      select min(at) from task_steps s join ${categoriesOf(project)} c on c.key = s.status and c.category in ('in_progress', 'review')
      where s.project_id = ${project}::uuid and s.task_id = each_task.task_id and s.at >= appeared and s.status is distinct from s.was_status)
    else begun end as begun, ended
  from (select task_id, max(at) filter (where was_status is null) as appeared,
      min(at) filter (where c.category in ('in_progress', 'review')) as begun,
      max(at) filter (where c.category = 'done' and w.category is distinct from 'done') as ended
    from steps left join ${categoriesOf(project)} c on c.key = status left join ${categoriesOf(project)} w on w.key = was_status
    where status is distinct from was_status group by task_id) each_task)`

/** The CTE `finished`: the tasks that are done now, since when, and their cycle and lead times in hours. */
const finishedCte = ({ project }: Scope) => sql`finished as (
  select t.id as task_id, t.number, t.title, m.ended, (m.ended at time zone p.tz)::date as day,
    (extract(epoch from m.ended - coalesce(m.begun, m.appeared)) / 3600)::float8 as cycle,
    (extract(epoch from m.ended - m.appeared) / 3600)::float8 as lead
  from marks m join tasks t on t.id = m.task_id
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category = 'done', p
  where t.project_id = ${project}::uuid and ${isCounted} and m.ended is not null)`

export const completionCtes = (scope: Scope) => [stepsCte(scope), marksCte(scope), finishedCte(scope)]
