import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { taskParam } from '../../lib/fields.ts'
import * as service from './service.ts'

export const watchingRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/:id/watchers', describe({ id: 'listWatchers', access: 'viewer' }), validate('param', taskParam), async (c) =>
    respondWithPage(c, await service.listWatchers(c.get('ctx'), c.req.valid('param').id)),
  )
  .put('/:id/watch', describe({ id: 'watchTask', access: 'viewer' }), validate('param', taskParam), async (c) => {
    await service.watchTask(c.get('ctx'), c.req.valid('param').id)
    return c.body(null, 204)
  })
  .delete('/:id/watch', describe({ id: 'unwatchTask', access: 'viewer' }), validate('param', taskParam), async (c) => {
    await service.unwatchTask(c.get('ctx'), c.req.valid('param').id)
    return c.body(null, 204)
  })
