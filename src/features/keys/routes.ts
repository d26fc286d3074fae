import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireSession } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { ApiKeyPage, CreateKey, ListKeys, NewApiKey } from './schema.ts'
import * as service from './service.ts'

export const keyRoutes = new Hono<App>()
  .use(requireSession)
  .get(
    '/',
    describe({
      id: 'listKeys',
      summary: 'My API keys, and when they were last used',
      access: 'session',
      ok: { status: 200, schema: ApiKeyPage },
    }),
    validate('query', ListKeys),
    async (c) => respondWithPage(c, await service.listKeys(c.var.ctx, c.req.valid('query'))),
  )
  .post(
    '/',
    describe({
      id: 'createKey',
      summary: 'Make an API key',
      description: 'Sent as `Authorization: Bearer ft_…`, wherever an access token is. The answer alone shows it.',
      access: 'session',
      ok: { status: 201, location: '/users/me/keys/{id}', schema: NewApiKey },
      errors: ['too_many_keys'],
    }),
    validate('json', CreateKey),
    async (c) => respondCreated(c, await service.createKey(c.var.ctx, c.req.valid('json'))),
  )
  .delete(
    '/:id',
    describe({
      id: 'revokeKey',
      summary: 'End an API key, and close its sockets',
      access: 'session',
      ok: { status: 204 },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    async (c) => {
      await service.revokeKey(c.var.ctx, c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
