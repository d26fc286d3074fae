import { and, asc, desc, eq, getTableColumns, gt, lt, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../db/client.ts'
import { activity_logs, board_columns, projects, tasks, users } from '../db/schema.ts'
import type { ListActivity } from './schema.ts'

type Orm = Database['orm']

export const selectHead = (orm: Orm, id: string) =>
  orm.select({ seq: projects.event_seq, epoch: projects.stream_epoch }).from(projects).where(eq(projects.id, id))

/** How many live tasks each column holds: column by column, so that the index of the board alone can tell. */
export const countByColumn = (orm: Orm, project_id: string) => {
  const live = sql`${tasks.project_id} = ${project_id} and ${tasks.status} = ${board_columns.key} and ${tasks.deleted_at} is null`
  return orm
    .select({
      status: board_columns.key,
      count: sql`(select count(*) from ${tasks} where ${live})`.mapWith(Number),
    })
    .from(board_columns)
    .where(eq(board_columns.project_id, project_id))
}

/** The first tasks of every column, one index range each. */
export const selectBoardTasks = (orm: Orm, project_id: string, per_column: number) => {
  const first = alias(tasks, 'first')
  const ranked = orm
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.project_id, project_id),
        sql`${tasks.status} = ${board_columns.key}`,
        sql`${tasks.deleted_at} is null`,
      ),
    )
    .orderBy(asc(tasks.position), asc(tasks.id))
    .limit(per_column + 1)
    .as('first')
  return orm
    .select(getTableColumns(first))
    .from(board_columns)
    .crossJoinLateral(ranked)
    .where(eq(board_columns.project_id, project_id))
}

/** Live tasks by column, its category, and whether their day has passed in the reader's time zone. */
export const selectProgress = (orm: Orm, project_id: string, me: string) =>
  orm
    .select({
      key: board_columns.key,
      category: board_columns.category,
      count: sql`count(${tasks.id})`.mapWith(Number),
      overdue:
        sql`count(*) filter (where ${tasks.completed_at} is null and ${tasks.due_date} < (now() at time zone (select ${users.timezone} from ${users} where ${eq(users.id, me)}))::date)`.mapWith(
          Number,
        ),
    })
    .from(board_columns)
    .leftJoin(
      tasks,
      and(
        eq(tasks.project_id, board_columns.project_id),
        eq(tasks.status, board_columns.key),
        sql`${tasks.deleted_at} is null`,
      ),
    )
    .where(eq(board_columns.project_id, project_id))
    .groupBy(board_columns.key, board_columns.category, board_columns.position)
    .orderBy(asc(board_columns.position))

type ActivityFilter = Omit<ListActivity, 'cursor'> & { project_id: string; cursor?: number }

/** The journal: newest first, or with `since` in order from there. */
export const selectActivity = (orm: Orm, filter: ActivityFilter) => {
  const { seq } = activity_logs
  const forward = filter.since !== undefined
  return orm
    .select()
    .from(activity_logs)
    .where(
      and(
        eq(activity_logs.project_id, filter.project_id),
        forward ? gt(seq, Math.max(filter.since ?? 0, filter.cursor ?? 0)) : undefined,
        !forward && filter.cursor !== undefined ? lt(seq, filter.cursor) : undefined,
        filter.task_id ? eq(activity_logs.task_id, filter.task_id) : undefined,
        filter.user_id ? eq(activity_logs.user_id, filter.user_id) : undefined,
        filter.action ? eq(activity_logs.action, filter.action) : undefined,
      ),
    )
    .orderBy(forward ? asc(seq) : desc(seq))
    .limit(filter.limit + 1)
}
