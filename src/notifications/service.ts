import * as z from 'zod'
import type { Ctx } from '../context.ts'
import { read } from '../db/read.ts'
import { transact } from '../db/transact.ts'
import { authenticate } from '../db/write.ts'
import { only } from '../outcome.ts'
import { decodeCursor, toPage } from '../page.ts'
import { selectInbox } from '../realtime/inbox-queries.ts'
import * as q from './queries.ts'
import type { ListNotifications, ReadAll } from './schema.ts'

/** My notifications, newest first, and where my inbox stands: a socket opened from `seq` misses nothing (I4). */
export async function listNotifications(ctx: Ctx, { cursor, ...input }: ListNotifications) {
  const { user_id } = ctx.actor
  const { snapshot } = ctx.db
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const [inboxes, unread, rows] = await read(ctx, 'anyone', [
    selectInbox(snapshot, user_id),
    q.countUnread(snapshot, user_id),
    q.selectNotifications(snapshot, { user_id, ...input, before }),
  ])
  return { ...toPage(rows, input.limit, ({ id }) => [id]), ...only(unread), ...only(inboxes) }
}

/** Marks one of mine as read; once it is, that changes nothing. My other devices are told. */
export async function readNotification(ctx: Ctx, id: string) {
  const { user_id } = ctx.actor
  const { orm } = ctx.db
  const [, , rows] = await transact(ctx, [
    authenticate(ctx),
    q.readOne(orm, user_id, id),
    q.selectNotification(orm, user_id, id),
  ])
  const row = only(rows)
  ctx.realtime.notify([user_id])
  return row
}

/** Marks all of mine as read, or those up to a seq. My other devices are told. */
export async function readAllNotifications(ctx: Ctx, { until }: ReadAll) {
  const { user_id } = ctx.actor
  const { orm } = ctx.db
  const [, , unread, inboxes] = await transact(ctx, [
    authenticate(ctx),
    q.readAll(orm, user_id, until),
    q.countUnread(orm, user_id),
    selectInbox(orm, user_id),
  ])
  ctx.realtime.notify([user_id])
  return { ...only(unread), ...only(inboxes) }
}
