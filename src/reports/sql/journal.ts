import { type SQL, sql } from 'drizzle-orm'
import { ofJournal, type Scope } from './scope.ts'

/** Rows that tell where a task is: the very condition of the index activity_logs_flow. */
const TELLING = sql`(action in ('task.created', 'task.purged') or changes ?| '{status,deleted_at,estimate}')`

/**
 * `events`: each time a task appeared, moved, left or was estimated anew. `place` is the column it
 * is in from then on (null: in the trash, or gone), `status` the column it would be restored to.
 */
export const events = (scope: Scope) => sql`events as (
  select task_id, seq, action, created_at, (created_at at time zone p.tz)::date as day, data ->> 'status' as status,
    case when action <> 'task.purged' and data ->> 'deleted_at' is null then data ->> 'status' end as place,
    coalesce((data ->> 'estimate')::float8, 0) as estimate
  from activity_logs, p where ${ofJournal(scope)} and ${TELLING})`

/** What the columns mean now. */
export const categories = (project: Scope['project']) =>
  sql`(select key, category from board_columns where project_id = ${project}::uuid)`

/** The row before, of the same task. */
export const before = (value: SQL) => sql`lag(${value}) over (partition by task_id order by seq)`

/**
 * `marks`: of each task the first words about it (born), its first entry into an in_progress or
 * review column (begun), and its last into a done column (ended). An entry is a change of status:
 * coming back from the trash is none.
 */
const marks = ({ project }: Scope) => sql`marks as (
  select task_id, min(created_at) as born,
    min(created_at) filter (where status is distinct from was and category in ('in_progress', 'review')) as begun,
    max(created_at) filter (where status is distinct from was and category = 'done') as ended
  from (select task_id, created_at, status, ${before(sql`status`)} as was from events) entries
    left join ${categories(project)} c on c.key = status
  group by task_id)`

/** `finished`: the tasks that are done now, the day of it, and their cycle and lead times in hours. */
const finished = ({ project }: Scope) => sql`finished as (
  select t.id as task_id, t.number, t.title, m.ended, (m.ended at time zone p.tz)::date as day,
    (extract(epoch from m.ended - coalesce(m.begun, m.born)) / 3600)::float8 as cycle,
    (extract(epoch from m.ended - m.born) / 3600)::float8 as lead
  from marks m join tasks t on t.id = m.task_id
    join board_columns c on c.project_id = t.project_id and c.key = t.status and c.category = 'done', p
  where t.project_id = ${project}::uuid and t.deleted_at is null and m.ended is not null)`

export const completions = (scope: Scope) => [events(scope), marks(scope), finished(scope)]
