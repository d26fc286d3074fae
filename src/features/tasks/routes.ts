import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondNoContent, respondWithPage, respondWithRow, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const taskRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/', describe({ id: 'listTasks', access: 'viewer' }), validate('query', s.ListTasks), async (c) =>
    respondWithPage(c, await service.listTasks(c.get('ctx'), c.req.valid('query'))),
  )
  .post(
    '/',
    describe({ id: 'createTask', access: 'contributor', location: '/tasks/{id}', keyed: true }),
    validate('json', s.CreateTask),
    async (c) => respondWithWrite(c, await service.createTask(c.get('ctx'), c.req.valid('json')), 201),
  )
  .get(
    '/:id',
    describe({ id: 'getTask', access: 'viewer', versioned: 'read' }),
    validate('param', taskParam),
    async (c) => respondWithRow(c, await service.getTask(c.get('ctx'), c.req.valid('param').id)),
  )
  .patch(
    '/:id',
    describe({ id: 'updateTask', access: 'contributor', versioned: 'write' }),
    validate('param', taskParam),
    validate('json', s.UpdateTask),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateTask(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .patch(
    '/:id/move',
    describe({ id: 'moveTask', access: 'contributor', keyed: true, versioned: 'write' }),
    validate('param', taskParam),
    validate('query', s.MoveQuery),
    validate('json', s.MoveTask),
    async (c) => {
      const move = { ...c.req.valid('query'), ...c.req.valid('json') }
      return respondWithWrite(
        c,
        await service.moveTask(c.get('ctx'), c.req.valid('param').id, move, preconditionOf(c)),
        200,
      )
    },
  )
  .delete(
    '/:id',
    describe({ id: 'deleteTask', access: 'editor', versioned: 'write' }),
    validate('param', taskParam),
    async (c) =>
      respondNoContent(c, await service.deleteTask(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
  .post(
    '/:id/restore',
    describe({ id: 'restoreTask', access: 'editor', keyed: true, versioned: 'write' }),
    validate('param', taskParam),
    async (c) =>
      respondWithWrite(c, await service.restoreTask(c.get('ctx'), c.req.valid('param').id, preconditionOf(c)), 200),
  )
