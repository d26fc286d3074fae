import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondNoContent, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam, taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const taskCommentRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/:id/comments',
    describe({ id: 'listComments', access: 'viewer' }),
    validate('param', taskParam),
    validate('query', s.ListComments),
    async (c) =>
      respondWithPage(c, await service.listComments(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/comments',
    describe({ id: 'createComment', access: 'commenter', location: '/comments/{id}', keyed: true }),
    validate('param', taskParam),
    validate('json', s.WriteComment),
    async (c) =>
      respondWithWrite(c, await service.createComment(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const commentRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({ id: 'updateComment', access: 'commenter', versioned: 'write' }),
    validate('param', idParam),
    validate('json', s.WriteComment),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateComment(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteComment', access: 'commenter', versioned: 'write' }),
    validate('param', idParam),
    async (c) =>
      respondNoContent(c, await service.deleteComment(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
