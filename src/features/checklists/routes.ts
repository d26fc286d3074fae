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

export const taskChecklistRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/:id/checklists',
    describe({
      id: 'listChecklists',
      summary: 'Checklists of a task, with their items',
      access: 'viewer',
      ok: { status: 200, schema: s.ChecklistPage },
      errors: ['not_found'],
    }),
    validate('param', taskParam),
    validate('query', s.ListChecklists),
    async (c) =>
      respondWithPage(c, await service.listChecklists(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/checklists',
    describe({
      id: 'createChecklist',
      keyed: true,
      summary: 'Add a checklist to a task, last',
      access: 'contributor',
      ok: { status: 201, location: '/tasks/{task_id}/checklists', schema: s.Checklist },
      errors: ['not_found', 'project_archived', 'too_many_checklists', 'too_many_items'],
    }),
    validate('param', taskParam),
    validate('json', s.CreateChecklist),
    async (c) =>
      respondWithWrite(c, await service.createChecklist(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const checklistRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({
      id: 'updateChecklist',
      summary: 'Rename or place a checklist',
      access: 'contributor',
      ok: { status: 200, schema: s.Checklist },
      errors: ['not_found', 'project_archived', 'edit_conflict'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', s.UpdateChecklist),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateChecklist(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteChecklist',
      summary: 'Delete a checklist with its items',
      access: 'contributor',
      ok: { status: 204 },
      errors: ['not_found', 'project_archived'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteChecklist(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
  .post(
    '/:id/items',
    describe({
      id: 'createChecklistItem',
      keyed: true,
      summary: 'Add an item to a checklist',
      description: 'Without a neighbour it comes last. A neighbour that is gone is ignored.',
      access: 'contributor',
      ok: { status: 201, location: '/tasks/{task_id}/checklists', schema: s.ChecklistItem },
      errors: ['not_found', 'project_archived', 'assignee_not_member', 'too_many_items'],
    }),
    validate('param', idParam),
    validate('json', s.CreateItem),
    async (c) =>
      respondWithWrite(c, await service.createItem(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const itemRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({
      id: 'updateChecklistItem',
      summary: 'Tick, edit or place an item of a checklist',
      access: 'contributor',
      ok: { status: 200, schema: s.ChecklistItem },
      errors: ['not_found', 'project_archived', 'edit_conflict', 'assignee_not_member'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', s.UpdateItem),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateItem(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteChecklistItem',
      summary: 'Delete an item of a checklist',
      access: 'contributor',
      ok: { status: 204 },
      errors: ['not_found', 'project_archived'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteItem(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
