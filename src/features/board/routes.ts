import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { respondFromCache, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const boardRoutes = new Hono<App>()
  .get(
    '/:id/board',
    describe({ id: 'getBoard', access: 'viewer', versioned: 'read', cached: true }),
    validate('param', idParam),
    validate('query', s.BoardQuery),
    async (c) =>
      respondFromCache(
        c,
        await service.getBoard(c.get('ctx'), c.req.valid('param').id, c.req.valid('query').per_column),
      ),
  )
  .get(
    '/:id/progress',
    describe({ id: 'getProgress', access: 'viewer', cached: true }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.getProgress(c.get('ctx'), c.req.valid('param').id)),
  )
  .get(
    '/:id/activity',
    describe({ id: 'listActivity', access: 'viewer' }),
    validate('param', idParam),
    validate('query', s.ListActivity),
    async (c) =>
      respondWithPage(c, await service.listActivity(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
