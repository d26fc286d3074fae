import { and, asc, eq, getTableColumns, gt, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { inboxes, notifications, project_members, users } from '../db/schema.ts'

type Orm = Database['primary']

const { dedupe_key: _, ...columns } = getTableColumns(notifications)

const actor = { id: users.id, name: users.name, avatar_url: users.avatar_url }

/** What a person may see of their inbox: a project that they have left does not exist for them (I7). */
export const ofInbox = (user_id: string) =>
  and(
    eq(notifications.user_id, user_id),
    sql`exists (select 1 from ${project_members} m where m.project_id = ${notifications.project_id} and m.user_id = ${notifications.user_id})`,
  )

export const rows = (orm: Orm) =>
  orm
    .select({ ...columns, actor })
    .from(notifications)
    .leftJoin(users, eq(users.id, notifications.actor_id))

/** What happened in an inbox after `since`, in order: new notifications, and those that were read. */
export const selectStream = (orm: Orm, { user_id, since, limit }: { user_id: string; since: number; limit: number }) =>
  rows(orm)
    .where(and(ofInbox(user_id), gt(notifications.seq, since)))
    .orderBy(asc(notifications.seq))
    .limit(limit)

/** The head of a person's stream, and which stream it is. */
export const selectInbox = (orm: Orm, user_id: string) =>
  orm.select({ epoch: inboxes.epoch, seq: inboxes.seq }).from(inboxes).where(eq(inboxes.user_id, user_id))
