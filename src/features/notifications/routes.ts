import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithChange, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const preferenceRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/', describe({ id: 'getNotificationPreferences', access: 'user' }), async (c) =>
    c.json(await service.getNotificationPreferences(c.get('ctx')), 200),
  )
  .put(
    '/',
    describe({ id: 'setNotificationPreferences', access: 'user' }),
    validate('json', s.SetPreferences),
    async (c) => c.json(await service.setNotificationPreferences(c.get('ctx'), c.req.valid('json')), 200),
  )

export const notificationRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/', describe({ id: 'listNotifications', access: 'user' }), validate('query', s.ListNotifications), async (c) =>
    respondWithPage(c, await service.listNotifications(c.get('ctx'), c.req.valid('query'))),
  )
  .post(
    '/read-all',
    describe({ id: 'readAllNotifications', access: 'user' }),
    validate('query', s.ReadAll),
    async (c) => c.json(await service.readAllNotifications(c.get('ctx'), c.req.valid('query')), 200),
  )
  .post('/:id/read', describe({ id: 'readNotification', access: 'user' }), validate('param', idParam), async (c) =>
    respondWithChange(c, await service.readNotification(c.get('ctx'), c.req.valid('param').id), 200),
  )
