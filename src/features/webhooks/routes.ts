import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondNoContent, respondWithChange, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectWebhookRoutes = new Hono<App>()
  .get(
    '/:id/webhooks',
    describe({
      id: 'listWebhooks',
      summary: "A project's webhooks, and how far each has come",
      access: 'manager',
      ok: { status: 200, schema: s.WebhookPage },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    validate('query', s.ListWebhooks),
    async (c) =>
      respondWithPage(c, await service.listWebhooks(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/webhooks',
    describe({
      id: 'createWebhook',
      summary: 'Send the events of a project somewhere',
      description: 'As Standard Webhooks: signed, in order, and again until they are acknowledged (2xx).',
      access: 'manager',
      ok: { status: 201, location: '/webhooks/{id}', schema: s.NewWebhook },
      errors: ['not_found', 'too_many_webhooks'],
    }),
    validate('param', idParam),
    validate('json', s.CreateWebhook),
    async (c) =>
      respondWithWrite(c, await service.createWebhook(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const webhookRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({
      id: 'updateWebhook',
      summary: 'Change, pause or resume a webhook',
      description: 'What waits for another attempt is tried at once.',
      access: 'manager',
      ok: { status: 200, schema: s.Webhook },
      errors: ['not_found', 'edit_conflict'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', s.UpdateWebhook),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateWebhook(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteWebhook',
      summary: 'Delete a webhook',
      access: 'manager',
      ok: { status: 204 },
      errors: ['not_found'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteWebhook(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
  .post(
    '/:id/test',
    describe({
      id: 'testWebhook',
      summary: 'Send a test message now',
      description: 'Its `type` is `test`. Counts as 10 requests.',
      access: 'manager',
      ok: { status: 200, schema: s.WebhookTest },
      errors: ['not_found'],
      journalled: false,
    }),
    validate('param', idParam),
    async (c) => c.json(await service.testWebhook(c.var.ctx, c.req.valid('param').id), 200),
  )
  .post(
    '/:id/rotate-secret',
    describe({
      id: 'rotateWebhookSecret',
      summary: 'Replace the secret of a webhook',
      description: 'For 24 hours both sign.',
      access: 'manager',
      ok: { status: 200, schema: s.NewWebhook },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    async (c) => respondWithWrite(c, await service.rotateSecret(c.var.ctx, c.req.valid('param').id), 200),
  )
  .post(
    '/:id/redeliver',
    describe({
      id: 'redeliver',
      summary: 'Send events once more',
      description: 'Under the same ids as before.',
      access: 'manager',
      ok: { status: 200, schema: s.Webhook },
      errors: ['not_found'],
      journalled: false,
    }),
    validate('param', idParam),
    validate('json', s.RedeliverFrom),
    async (c) =>
      respondWithChange(c, await service.redeliver(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .get(
    '/:id/deliveries',
    describe({
      id: 'listDeliveries',
      summary: 'The last 100 attempts of a webhook',
      access: 'manager',
      ok: { status: 200, schema: s.DeliveryPage },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    validate('query', s.ListWebhooks),
    async (c) =>
      respondWithPage(c, await service.listDeliveries(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
