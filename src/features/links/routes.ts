import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondNoContent, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam, taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const taskLinkRoutes = new Hono<App>()
  .use('/links/*', requireBearer)
  .get(
    '/tasks/:id/links',
    describe({ id: 'listTaskLinks', access: 'viewer' }),
    validate('param', taskParam),
    async (c) => respondWithPage(c, await service.listTaskLinks(c.get('ctx'), c.req.valid('param').id)),
  )
  .post(
    '/tasks/:id/links',
    describe({ id: 'linkTasks', access: 'contributor', location: '/tasks/{task_id}/links', keyed: true }),
    validate('param', taskParam),
    validate('json', s.CreateLink),
    async (c) =>
      respondWithWrite(c, await service.linkTasks(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 201),
  )
  .delete('/links/:id', describe({ id: 'unlinkTasks', access: 'contributor' }), validate('param', idParam), async (c) =>
    respondNoContent(c, await service.unlinkTasks(c.get('ctx'), c.req.valid('param').id)),
  )
