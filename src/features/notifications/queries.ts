import { and, count, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { nothing } from '../../db/nothing.ts'
import { notification_preferences, notifications } from '../../db/schema.ts'
import { isInInbox, selectFrom } from '../../live/inbox-queries.ts'

type Orm = Database['primary']
export const selectNotification = (orm: Orm, user_id: string, id: string) =>
  selectFrom(orm, { user_id, where: eq(notifications.id, id), order: '-id', limit: 1 })

type List = { user_id: string; unread?: boolean; before?: string; limit: number }

/** Newest first. */
export function selectNotifications(orm: Orm, { user_id, unread, before, limit }: List) {
  const where = and(
    unread ? isNull(notifications.read_at) : undefined,
    before ? lt(notifications.id, before) : undefined,
  )
  return selectFrom(orm, { user_id, where, order: '-id', limit: limit + 1 })
}

export const countUnread = (orm: Orm, user_id: string) =>
  orm
    .select({ unread_count: count() })
    .from(notifications)
    .where(and(isInInbox(user_id), isNull(notifications.read_at)))
export const markOneRead = (orm: Orm, user_id: string, id: string) =>
  orm.execute(sql`select read_notifications(${user_id}, ${id}::uuid)`)

export const markAllRead = (orm: Orm, user_id: string, until: number | undefined) =>
  orm.execute(sql`select read_notifications(${user_id}, null, ${until ?? null}::bigint)`)

type Muted = Omit<typeof notification_preferences.$inferInsert, 'user_id'>

const muted = {
  muted_kinds: notification_preferences.muted_kinds,
  muted_project_ids: notification_preferences.muted_project_ids,
}

export const selectNotificationPreferences = (orm: Orm, user_id: string) =>
  orm.select(muted).from(notification_preferences).where(eq(notification_preferences.user_id, user_id))

/** Fails with validation_failed for a project of which the actor is not a member. */
export const requireOwnProjects = (orm: Orm, projects: string[]) =>
  orm.execute(sql`select require_own_projects(${sql.param(projects)}::uuid[])`)

export const setNotificationPreferences = (orm: Orm, user_id: string, set: Muted) =>
  orm
    .insert(notification_preferences)
    .values({ user_id, ...set })
    .onConflictDoUpdate({ target: notification_preferences.user_id, set })
    .returning(muted)

export const deletePreferences = (orm: Orm, user_id: string) =>
  orm.delete(notification_preferences).where(eq(notification_preferences.user_id, user_id))

/**
 * Notifies the assignees of tasks of a project that are due soon or overdue at `now`, for some tasks at a time. `told`:
 * whom it has notified; `more`: tasks are left to check.
 */
export const remindAssigneesIn = (orm: Orm, project_id: string, now: string) =>
  orm
    .select({ told: sql<string[]>`told`, more: sql<boolean>`more` })
    .from(sql`remind_project(${project_id}::uuid, ${now}::timestamptz)`)

/**
 * Deletes what some people after `since` have beyond `kept`. `last`: the last of them, null at the end.
 */
export const forgetSurplus = (orm: Orm, since: string, kept: number) =>
  orm
    .select({ last: sql<string | null>`forget_surplus_notifications(${since}::uuid, ${kept}, ${VISITS}, ${SURPLUS})` })
    .from(nothing)

/** The most people whom one transaction visits, and the most notifications that it deletes. */
const VISITS = 1_000
const SURPLUS = 5_000

/** Notifications from before an instant, by their ids (UUIDv7), except reminders that would then be sent again. */
export const areForgotten = (before: Date) => {
  const hex = before.getTime().toString(16).padStart(12, '0')
  const first = `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
  return sql`${notifications.id} < ${first}::uuid and not still_reminds(${notifications})`
}
