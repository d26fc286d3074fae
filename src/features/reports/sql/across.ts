import { sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import { actsAsAdmin, inReach } from '../../../transaction/authorize.ts'
import type { Activity, Overview } from '../model/answers.ts'
import { countWhere } from './now.ts'
import { askJson, isCounted, jsonRows, periodCte, rfc3339, type Scope, withName } from './scope.ts'
import { withinPeriod } from './steps.ts'

/** My projects, or every project for an administrator. */
const mine = (me: Scope['me']) => sql`j.id = any(array(
  select project_id from project_members where user_id = ${me}::uuid
  union select id from projects where ${actsAsAdmin})) and ${inReach(sql`j.id`)}`

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
        cross join lateral (select ${countWhere(sql`c.category not in ('done', 'cancelled')`)} as open, ${countWhere(sql`c.category = 'done'`)} as done,
          ${countWhere(sql`c.category not in ('done', 'cancelled') and t.due_date < p.today`)} as overdue
          from tasks t join board_columns c on c.project_id = t.project_id and c.key = t.status
          where t.project_id = j.id and ${isCounted}
            ${scope.query.assignee_id ? sql`and t.assignee_ids @> array[${scope.query.assignee_id}::uuid]` : sql``}
            ${scope.query.priority ? sql`and t.priority = ${scope.query.priority}` : sql``}) n
      where j.status <> 'archived' and ${mine(scope.me)}
      order by a.created_at desc nulls last, j.id limit ${SHOWN}`),
  )

type ActivityRow = Pick<Activity, 'days' | 'by_user'> & { by_action: { action: string; count: number }[] }

/**
 * When, by whom and what was done: one pass over the index activity_logs_time. Rows well inside of the
 * period need no look at their day; hours are counted by quarter first, as in steps.ts.
 */
export const activity = (ctx: Ctx, scope: Scope, user_id: string | undefined) =>
  askJson<ActivityRow>(
    ctx,
    [
      periodCte(scope),
      sql`done as materialized (
        select grouping(quarter, l.user_id, l.action) as kept, quarter at time zone max(p.tz) as local, l.user_id, l.action, count(*)::int as count
        from p cross join projects j join activity_logs l on l.project_id = j.id
          cross join lateral (select date_bin('15 minutes', l.created_at, timestamptz 'epoch') as quarter) q
        where ${scope.project ? sql`j.id = ${scope.project}::uuid` : mine(scope.me)} and ${withinPeriod(sql`l.created_at`)}
          ${user_id ? sql`and l.user_id = ${user_id}::uuid` : sql``}
        group by grouping sets ((quarter), (l.user_id), (l.action)))`,
    ],
    sql`json_build_object(
      'days', ${jsonRows(sql`select local::date as date, extract(hour from local)::int as hour, sum(count)::int as count
        from done where kept = 3 group by 1, 2 order by 1, 2`)},
      'by_user', ${jsonRows(sql`select d.user_id, u.name, count from done d ${withName(sql`d.user_id`)}
        where kept = 5 order by 3 desc, d.user_id`)},
      'by_action', ${jsonRows(sql`select action, count from done where kept = 6 order by 1`)})`,
  )
