import { sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import { actsAsAdmin, isReachable } from '../../../transaction/authorize.ts'
import type { Activity, Overview } from '../model/answers.ts'
import { countWhere } from './now.ts'
import { isCounted, joinName, periodCte, type Scope, selectJson, toJsonRows, toRfc3339 } from './scope.ts'
import { isWithinPeriod } from './steps.ts'

/**
 * Whether `me` may see a project of `projects j`: as a member, or as an administrator; with an API key that is bound to
 * projects, only those.
 */
const isVisible = (me: Scope['me']) => sql`j.id = any(array(
  select project_id from project_members where user_id = ${me}::uuid
  union select id from projects where ${actsAsAdmin})) and ${isReachable(sql`j.id`)}`

type OverviewRow = Omit<Overview['projects'][number], 'health' | 'percent'> & {
  open: number
  done: number
  start_date: string | null
  due_date: string | null
}

/** An overview shows at most this many projects: those with the latest activity. */
const MAX_PROJECTS = 500

export const selectOverview = (ctx: Ctx, scope: Scope) =>
  selectJson<{ found: number; projects: OverviewRow[] }>(
    ctx,
    [
      periodCte(scope),
      sql`shown as materialized (
        select j.id, j.key, j.name, j.start_date, j.due_date, a.created_at as last_at, count(*) over () as found
        from projects j
          left join lateral (select created_at from activity_logs where project_id = j.id order by seq desc limit 1) a on true
        where j.status <> 'archived' and ${isVisible(scope.me)}
        order by last_at desc nulls last, j.id limit ${MAX_PROJECTS})`,
    ],
    sql`json_build_object('found', coalesce((select found from shown limit 1), 0), 'projects', ${toJsonRows(sql`
      select j.id, j.key, j.name, j.start_date, j.due_date, n.*, ${toRfc3339(sql`j.last_at`)} as last_activity_at
      from shown j cross join p
        cross join lateral (select ${countWhere(sql`c.category not in ('done', 'cancelled')`)} as open, ${countWhere(sql`c.category = 'done'`)} as done,
          ${countWhere(sql`c.category not in ('done', 'cancelled') and t.due_date < p.today`)} as overdue
          from tasks t join board_columns c on c.project_id = t.project_id and c.key = t.status
          where t.project_id = j.id and ${isCounted}
            ${scope.query.assignee_id ? sql`and t.assignee_ids @> array[${scope.query.assignee_id}::uuid]` : sql``}
            ${scope.query.priority ? sql`and t.priority = ${scope.query.priority}` : sql``}) n
      order by j.last_at desc nulls last, j.id`)})`,
  )

type ActivityRow = Pick<Activity, 'days' | 'by_user'> & { by_action: { action: string; count: number }[] }

/**
 * Counts journal rows by hour, by person and by action, in one pass over the index activity_logs_time. Rows are counted
 * by quarter of an hour first, as in steps.ts.
 */
export const selectActivity = (ctx: Ctx, scope: Scope, user_id: string | undefined) =>
  selectJson<ActivityRow>(
    ctx,
    [
      periodCte(scope),
      sql`done as materialized (
        select grouping(quarter, l.user_id, l.action) as kept, quarter at time zone max(p.tz) as local, l.user_id, l.action, count(*)::int as count
        from p cross join projects j join activity_logs l on l.project_id = j.id
          cross join lateral (select date_bin('15 minutes', l.created_at, timestamptz 'epoch') as quarter) q
        where ${scope.project ? sql`j.id = ${scope.project}::uuid` : isVisible(scope.me)} and ${isWithinPeriod(sql`l.created_at`)}
          ${user_id ? sql`and l.user_id = ${user_id}::uuid` : sql``}
        group by grouping sets ((quarter), (l.user_id), (l.action)))`,
    ],
    sql`json_build_object(
      'days', ${toJsonRows(sql`select local::date as date, extract(hour from local)::int as hour, sum(count)::int as count
        from done where kept = 3 group by 1, 2 order by 1, 2`)},
      'by_user', ${toJsonRows(sql`select d.user_id, u.name, count from done d ${joinName(sql`d.user_id`)}
        where kept = 5 order by 3 desc, d.user_id`)},
      'by_action', ${toJsonRows(sql`select action, count from done where kept = 6 order by 1`)})`,
  )
