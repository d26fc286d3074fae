import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondFromCache, respondNoContent, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectLabelRoutes = new Hono<App>()
  .get(
    '/:id/labels',
    describe({ id: 'listLabels', access: 'viewer', cached: true }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.listLabels(c.get('ctx'), c.req.valid('param').id)),
  )
  .post(
    '/:id/labels',
    describe({ id: 'createLabel', access: 'editor', location: '/labels/{id}', keyed: true }),
    validate('param', idParam),
    validate('json', s.CreateLabel),
    async (c) =>
      respondWithWrite(c, await service.createLabel(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const labelRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({ id: 'updateLabel', access: 'editor', versioned: 'write' }),
    validate('param', idParam),
    validate('json', s.UpdateLabel),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateLabel(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteLabel', access: 'editor', versioned: 'write' }),
    validate('param', idParam),
    async (c) =>
      respondNoContent(c, await service.deleteLabel(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
