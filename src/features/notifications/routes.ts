import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithChange, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { Notification } from '../../live/notification.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const preferenceRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/',
    describe({
      id: 'getNotificationPreferences',
      summary: 'What I do not want to be told',
      access: 'user',
      ok: { status: 200, schema: s.Preferences },
    }),
    async (c) => c.json(await service.getPreferences(c.var.ctx), 200),
  )
  .put(
    '/',
    describe({
      id: 'setNotificationPreferences',
      summary: 'Mute kinds of notifications, and projects',
      description: 'What is muted is not written, reminders included.',
      access: 'user',
      ok: { status: 200, schema: s.Preferences },
    }),
    validate('json', s.SetPreferences),
    async (c) => c.json(await service.setPreferences(c.var.ctx, c.req.valid('json')), 200),
  )

export const notificationRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/',
    describe({
      id: 'listNotifications',
      summary: 'My notifications, newest first',
      description:
        'Of the projects that I am a member of. The socket /ws/notifications/{user_id} continues after `seq`.',
      access: 'user',
      ok: { status: 200, schema: s.NotificationPage },
    }),
    validate('query', s.ListNotifications),
    async (c) => respondWithPage(c, await service.listNotifications(c.var.ctx, c.req.valid('query'))),
  )
  .post(
    '/read-all',
    describe({
      id: 'readAllNotifications',
      summary: 'Mark my notifications as read',
      access: 'user',
      ok: { status: 200, schema: s.Inbox },
    }),
    validate('query', s.ReadAll),
    async (c) => c.json(await service.readAllNotifications(c.var.ctx, c.req.valid('query')), 200),
  )
  .post(
    '/:id/read',
    describe({
      id: 'readNotification',
      summary: 'Mark a notification as read',
      description: "Another person's is not found.",
      access: 'user',
      ok: { status: 200, schema: Notification },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    async (c) => respondWithChange(c, await service.readNotification(c.var.ctx, c.req.valid('param').id), 200),
  )
