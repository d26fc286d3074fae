import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { decodeCursor, toSizedPage } from '../../lib/page.ts'
import { selectInbox } from '../../live/inbox-queries.ts'
import { read } from '../../transaction/read.ts'
import { transact } from '../../transaction/transact.ts'
import { authenticate } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { ListNotifications, ReadAll, SetPreferences } from './schema.ts'

/** My notifications, newest first, and where my inbox stands: a socket opened from `seq` misses nothing (I4). */
export async function listNotifications(ctx: Ctx, { cursor, ...input }: ListNotifications) {
  const { user_id } = ctx.actor
  const { readOnly } = ctx.db
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const [inboxes, unread, rows] = await read(ctx, 'anyone', [
    selectInbox(readOnly, user_id),
    q.countUnread(readOnly, user_id),
    q.selectNotifications(readOnly, { user_id, ...input, before }),
  ])
  return { ...toSizedPage(rows, input.limit, ({ id }) => [id]), ...oneOrNotFound(unread), ...oneOrNotFound(inboxes) }
}

/** The kinds and projects that I have muted; none until I do so. */
export async function getNotificationPreferences(ctx: Ctx) {
  const [[row]] = await read(ctx, 'anyone', [q.selectNotificationPreferences(ctx.db.readOnly, ctx.actor.user_id)])
  return row ?? { muted_kinds: [], muted_project_ids: [] }
}

/** Mutes exactly these kinds and projects: no notifications of them are written from now on. */
export async function setNotificationPreferences(ctx: Ctx, input: SetPreferences) {
  const { primary } = ctx.db
  const [, , rows] = await transact(ctx, [
    authenticate(ctx),
    q.requireOwnProjects(primary, input.muted_project_ids),
    q.setNotificationPreferences(primary, ctx.actor.user_id, input),
  ])
  return oneOrNotFound(rows)
}

/** Marks one of my notifications as read, and tells my other devices. A repeat changes nothing. */
export async function readNotification(ctx: Ctx, id: string) {
  const { user_id } = ctx.actor
  const { primary } = ctx.db
  const [, , rows] = await transact(ctx, [
    authenticate(ctx),
    q.markOneRead(primary, user_id, id),
    q.selectNotification(primary, user_id, id),
  ])
  const { found: _, ...row } = oneOrNotFound(rows)
  ctx.realtime.notify([user_id])
  return row
}

/** Marks all my notifications as read, or those up to the seq `until`, and tells my other devices. */
export async function readAllNotifications(ctx: Ctx, { until }: ReadAll) {
  const { user_id } = ctx.actor
  const { primary } = ctx.db
  const [, , unread, inboxes] = await transact(ctx, [
    authenticate(ctx),
    q.markAllRead(primary, user_id, until),
    q.countUnread(primary, user_id),
    selectInbox(primary, user_id),
  ])
  ctx.realtime.notify([user_id])
  return { ...oneOrNotFound(unread), ...oneOrNotFound(inboxes) }
}
