import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondNoContent, respondWithChange, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectWebhookRoutes = new Hono<App>()
  .get(
    '/:id/webhooks',
    describe({ id: 'listWebhooks', access: 'manager' }),
    validate('param', idParam),
    validate('query', s.ListWebhooks),
    async (c) =>
      respondWithPage(c, await service.listWebhooks(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/webhooks',
    describe({ id: 'createWebhook', access: 'manager', location: '/webhooks/{id}' }),
    validate('param', idParam),
    validate('json', s.CreateWebhook),
    async (c) =>
      respondWithWrite(c, await service.createWebhook(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const webhookRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({ id: 'updateWebhook', access: 'manager', versioned: 'write' }),
    validate('param', idParam),
    validate('json', s.UpdateWebhook),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateWebhook(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteWebhook', access: 'manager', versioned: 'write' }),
    validate('param', idParam),
    async (c) =>
      respondNoContent(c, await service.deleteWebhook(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
  .post('/:id/test', describe({ id: 'testWebhook', access: 'manager' }), validate('param', idParam), async (c) =>
    c.json(await service.testWebhook(c.get('ctx'), c.req.valid('param').id), 200),
  )
  .post(
    '/:id/rotate-secret',
    describe({ id: 'rotateWebhookSecret', access: 'manager' }),
    validate('param', idParam),
    async (c) => respondWithWrite(c, await service.rotateWebhookSecret(c.get('ctx'), c.req.valid('param').id), 200),
  )
  .post(
    '/:id/redeliver',
    describe({ id: 'redeliver', access: 'manager' }),
    validate('param', idParam),
    validate('json', s.RedeliverFrom),
    async (c) =>
      respondWithChange(c, await service.redeliver(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .get(
    '/:id/deliveries',
    describe({ id: 'listDeliveries', access: 'manager' }),
    validate('param', idParam),
    validate('query', s.ListWebhooks),
    async (c) =>
      respondWithPage(c, await service.listDeliveries(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
