import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectViewRoutes = new Hono<App>()
  .get(
    '/:id/views',
    describe({ id: 'listViews', access: 'viewer' }),
    validate('param', idParam),
    validate('query', s.ListViews),
    async (c) =>
      respondWithPage(c, await service.listViews(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/views',
    describe({ id: 'createView', access: 'viewer', location: '/views/{id}', keyed: true }),
    validate('param', idParam),
    validate('json', s.CreateView),
    async (c) =>
      respondCreated(c, await service.createView(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'))),
  )

export const viewRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({ id: 'updateView', access: 'viewer' }),
    validate('param', idParam),
    validate('json', s.UpdateView),
    async (c) => c.json(await service.updateView(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .delete('/:id', describe({ id: 'deleteView', access: 'viewer' }), validate('param', idParam), async (c) => {
    await service.deleteView(c.get('ctx'), c.req.valid('param').id)
    return c.body(null, 204)
  })
