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
    describe({
      id: 'listViews',
      summary: 'Saved filters: mine, and those that are shared',
      access: 'viewer',
      ok: { status: 200, schema: s.ViewPage },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    validate('query', s.ListViews),
    async (c) => respondWithPage(c, await service.listViews(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/views',
    describe({
      id: 'createView',
      keyed: true,
      journalled: false,
      summary: 'Save a filter',
      description: 'To share it takes a contributor. Views are no part of the board: no event tells them.',
      access: 'viewer',
      ok: { status: 201, location: '/views/{id}', schema: s.View },
      errors: ['not_found', 'too_many_views'],
    }),
    validate('param', idParam),
    validate('json', s.CreateView),
    async (c) => respondCreated(c, await service.createView(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))),
  )

export const viewRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({
      id: 'updateView',
      journalled: false,
      summary: 'Change a saved filter',
      description:
        'One of mine, or, as a manager, one that is shared; `query` is replaced as a whole. Only who made it can make it private.',
      access: 'viewer',
      ok: { status: 200, schema: s.View },
      errors: ['not_found', 'too_many_views'],
    }),
    validate('param', idParam),
    validate('json', s.UpdateView),
    async (c) => c.json(await service.updateView(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteView',
      journalled: false,
      summary: 'Delete a saved filter',
      description: 'One of mine, or, as a manager, one that is shared.',
      access: 'viewer',
      ok: { status: 204 },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    async (c) => {
      await service.deleteView(c.var.ctx, c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
