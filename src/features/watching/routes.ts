import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { taskParam } from '../../lib/fields.ts'
import { WatcherPage } from './schema.ts'
import * as service from './service.ts'

export const watchingRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/:id/watchers',
    describe({
      id: 'listWatchers',
      summary: 'Who watches a task',
      description: 'Everybody, on one page: at most 100.',
      access: 'viewer',
      ok: { status: 200, schema: WatcherPage },
      errors: ['not_found'],
    }),
    validate('param', taskParam),
    async (c) => respondWithPage(c, await service.listWatchers(c.var.ctx, c.req.valid('param').id)),
  )
  .put(
    '/:id/watch',
    describe({
      id: 'watchTask',
      journalled: false,
      summary: 'Watch a task',
      description: 'Its comments then notify me. Who creates a task, is assigned or comments watches it as well.',
      access: 'viewer',
      ok: { status: 204 },
      errors: ['not_found', 'too_many_watchers'],
    }),
    validate('param', taskParam),
    async (c) => {
      await service.watchTask(c.var.ctx, c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
  .delete(
    '/:id/watch',
    describe({
      id: 'unwatchTask',
      journalled: false,
      summary: 'Stop watching a task',
      description: 'Until I comment on it, or am assigned to it again.',
      access: 'viewer',
      ok: { status: 204 },
      errors: ['not_found'],
    }),
    validate('param', taskParam),
    async (c) => {
      await service.unwatchTask(c.var.ctx, c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
