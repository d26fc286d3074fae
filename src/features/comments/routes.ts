import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondNoContent, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam, taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const taskCommentRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/:id/comments',
    describe({
      id: 'listComments',
      summary: 'Comments on a task',
      access: 'viewer',
      ok: { status: 200, schema: s.CommentPage },
      errors: ['not_found'],
    }),
    validate('param', taskParam),
    validate('query', s.ListComments),
    async (c) =>
      respondWithPage(c, await service.listComments(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/comments',
    describe({
      id: 'createComment',
      keyed: true,
      summary: 'Comment on a task',
      description:
        'Members of the project whom it mentions are notified. A repeat with the same key has the present text.',
      access: 'commenter',
      ok: { status: 201, location: '/comments/{id}', schema: s.Comment },
      errors: ['not_found', 'project_archived', 'too_many_comments'],
    }),
    validate('param', taskParam),
    validate('json', s.WriteComment),
    async (c) =>
      respondWithWrite(c, await service.createComment(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const commentRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({
      id: 'updateComment',
      summary: 'Edit a comment of mine',
      description: 'Only people whom it did not mention before are notified.',
      access: 'commenter',
      ok: { status: 200, schema: s.Comment },
      errors: ['not_found', 'project_archived'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', s.WriteComment),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateComment(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteComment',
      summary: 'Delete a comment',
      description: 'One of mine; a manager any. Its text is then nowhere, events that were sent before aside.',
      access: 'commenter',
      ok: { status: 204 },
      errors: ['not_found', 'project_archived'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteComment(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
