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

export const taskChecklistRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/:id/checklists',
    describe({ id: 'listChecklists', access: 'viewer' }),
    validate('param', taskParam),
    validate('query', s.ListChecklists),
    async (c) =>
      respondWithPage(c, await service.listChecklists(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/checklists',
    describe({ id: 'createChecklist', access: 'contributor', location: '/tasks/{task_id}/checklists', keyed: true }),
    validate('param', taskParam),
    validate('json', s.CreateChecklist),
    async (c) =>
      respondWithWrite(
        c,
        await service.createChecklist(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')),
        201,
      ),
  )

export const checklistRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({ id: 'updateChecklist', access: 'contributor', versioned: 'write' }),
    validate('param', idParam),
    validate('json', s.UpdateChecklist),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateChecklist(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteChecklist', access: 'contributor', versioned: 'write' }),
    validate('param', idParam),
    async (c) =>
      respondNoContent(c, await service.deleteChecklist(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
  .post(
    '/:id/items',
    describe({
      id: 'createChecklistItem',
      access: 'contributor',
      location: '/tasks/{task_id}/checklists',
      keyed: true,
    }),
    validate('param', idParam),
    validate('json', s.CreateItem),
    async (c) =>
      respondWithWrite(
        c,
        await service.createChecklistItem(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')),
        201,
      ),
  )

export const itemRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({ id: 'updateChecklistItem', access: 'contributor', versioned: 'write' }),
    validate('param', idParam),
    validate('json', s.UpdateItem),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateChecklistItem(
          c.get('ctx'),
          c.req.valid('param').id,
          c.req.valid('json'),
          preconditionOf(c),
        ),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteChecklistItem', access: 'contributor', versioned: 'write' }),
    validate('param', idParam),
    async (c) =>
      respondNoContent(c, await service.deleteChecklistItem(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
