import { and, asc, count, desc, eq, getTableColumns, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { inboxes, notifications, project_members, users } from '../db/schema.ts'

type Orm = Database['orm']

const { dedupe_key: _, ...columns } = getTableColumns(notifications)
const actor = { id: users.id, name: users.name, avatar_url: users.avatar_url }

/** What a person may see of their inbox: a project that they have left does not exist for them (I7). */
const ofInbox = (user_id: string) =>
  and(
    eq(notifications.user_id, user_id),
    sql`exists (select 1 from ${project_members} m where m.project_id = ${notifications.project_id} and m.user_id = ${notifications.user_id})`,
  )

const rows = (orm: Orm) =>
  orm
    .select({ ...columns, actor })
    .from(notifications)
    .leftJoin(users, eq(users.id, notifications.actor_id))

export const selectNotification = (orm: Orm, user_id: string, id: string) =>
  rows(orm).where(and(ofInbox(user_id), eq(notifications.id, id)))

type List = { user_id: string; unread?: boolean; before?: string; limit: number }

/** Newest first. */
export const selectNotifications = (orm: Orm, { user_id, unread, before, limit }: List) =>
  rows(orm)
    .where(
      and(
        ofInbox(user_id),
        unread ? isNull(notifications.read_at) : undefined,
        before ? lt(notifications.id, before) : undefined,
      ),
    )
    .orderBy(desc(notifications.id))
    .limit(limit + 1)

/** What happened in an inbox after `since`, in order: new notifications, and those that were read. */
export const selectStream = (orm: Orm, { user_id, since, limit }: { user_id: string; since: number; limit: number }) =>
  rows(orm)
    .where(and(ofInbox(user_id), gt(notifications.seq, since)))
    .orderBy(asc(notifications.seq))
    .limit(limit)

export const countUnread = (orm: Orm, user_id: string) =>
  orm
    .select({ unread_count: count() })
    .from(notifications)
    .where(and(ofInbox(user_id), isNull(notifications.read_at)))

/** The head of a person's stream, and which stream it is. */
export const selectInbox = (orm: Orm, user_id: string) =>
  orm.select({ epoch: inboxes.epoch, seq: inboxes.seq }).from(inboxes).where(eq(inboxes.user_id, user_id))

export const readOne = (orm: Orm, user_id: string, id: string) =>
  orm.execute(sql`select read_notifications(${user_id}, ${id}::uuid)`)

export const readAll = (orm: Orm, user_id: string, until: number | undefined) =>
  orm.execute(sql`select read_notifications(${user_id}, null, ${until ?? null}::bigint)`)

/** Reminds of what is due in a project as of `now`, some tasks at a time: whom, and whether there are more tasks. */
export const remindProject = (orm: Orm, project_id: string, now: string) =>
  orm
    .select({ told: sql<string[]>`told`, more: sql<boolean>`more` })
    .from(sql`remind_project(${project_id}::uuid, ${now}::timestamptz)`)

/** Forgets what some people have beyond their newest `kept`; says who the last one is that was looked at, or null at the end. */
export const forgetSurplus = (orm: Orm, since: string, kept: number) =>
  orm
    .select({ last: sql<string | null>`forget_surplus_notifications(${since}::uuid, ${kept}, ${VISITS}, ${SURPLUS})` })
    .from(sql`(select 1) as one`)

/** People whom one transaction looks at, and notifications that it forgets. */
const VISITS = 1_000
const SURPLUS = 5_000

/** Those from before an instant, by what their ids begin with (UUIDv7), but for what would be told again. */
export const areForgotten = (before: Date) => {
  const hex = before.getTime().toString(16).padStart(12, '0')
  const first = `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
  return sql`${notifications.id} < ${first}::uuid and not still_reminds(${notifications})`
}
