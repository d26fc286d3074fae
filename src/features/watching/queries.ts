import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { task_watchers, tasks, users } from '../../db/schema.ts'
import { isLive, taskId } from '../../transaction/project-ref.ts'

type Orm = Database['primary']

/** Who watches a task: 100 at most. */
export const selectWatchers = (orm: Orm, task: string) =>
  orm
    .select({
      ...getTableColumns(task_watchers),
      user: { id: users.id, name: users.name, avatar_url: users.avatar_url },
    })
    .from(task_watchers)
    .innerJoin(users, eq(users.id, task_watchers.user_id))
    .where(and(eq(task_watchers.task_id, taskId(task)), sql`exists (select 1 from ${tasks} where ${isLive(task)})`))
    .orderBy(asc(task_watchers.user_id))

/** Makes the actor of the transaction watch a task. Fails with too_many_watchers when 100 people do. */
export const watchTask = (orm: Orm, task: string) => orm.execute(sql`select watch_task(${taskId(task)})`)

export const unwatchTask = (orm: Orm, task: string, user_id: string) =>
  orm.delete(task_watchers).where(and(eq(task_watchers.task_id, taskId(task)), eq(task_watchers.user_id, user_id)))
