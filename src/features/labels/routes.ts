import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondFromCache, respondNoContent, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectLabelRoutes = new Hono<App>()
  .get(
    '/:id/labels',
    describe({
      id: 'listLabels',
      summary: "A project's labels",
      access: 'viewer',
      ok: { status: 200, schema: s.LabelPage },
      errors: ['not_found'],
      cached: true,
    }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.listLabels(c.var.ctx, c.req.valid('param').id)),
  )
  .post(
    '/:id/labels',
    describe({
      id: 'createLabel',
      keyed: true,
      summary: 'Add a label',
      description: 'Put it on tasks by `label_ids`, or `add_label_ids` of PATCH /tasks/{id}.',
      access: 'editor',
      ok: { status: 201, location: '/labels/{id}', schema: s.Label },
      errors: ['not_found', 'project_archived', 'label_name_taken', 'too_many_labels'],
    }),
    validate('param', idParam),
    validate('json', s.CreateLabel),
    async (c) =>
      respondWithWrite(c, await service.createLabel(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )

export const labelRoutes = new Hono<App>()
  .use(requireBearer)
  .patch(
    '/:id',
    describe({
      id: 'updateLabel',
      summary: 'Rename or recolour a label',
      access: 'editor',
      ok: { status: 200, schema: s.Label },
      errors: ['not_found', 'project_archived', 'edit_conflict', 'label_name_taken'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', s.UpdateLabel),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateLabel(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteLabel',
      summary: 'Delete a label',
      description: 'It is off all of its tasks at once. Their versions stay; one `label.deleted` tells of all.',
      access: 'editor',
      ok: { status: 204 },
      errors: ['not_found', 'project_archived'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteLabel(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
