import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondFromCache, respondNoContent, respondWithRow, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

const target = ({ id, key }: { id: string; key: string }) => ({ project_id: id, key })

export const columnRoutes = new Hono<App>()
  .get(
    '/:id/columns',
    describe({
      id: 'listColumns',
      summary: "A board's columns, in order",
      access: 'viewer',
      ok: { status: 200, schema: s.ColumnPage },
      errors: ['not_found'],
      cached: true,
    }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.listColumns(c.var.ctx, c.req.valid('param').id)),
  )
  .post(
    '/:id/columns',
    describe({
      id: 'createColumn',
      keyed: true,
      summary: 'Add a column, last',
      access: 'editor',
      ok: { status: 201, location: '/projects/{project_id}/columns/{key}', schema: s.Column },
      errors: ['not_found', 'project_archived', 'column_key_taken', 'too_many_columns'],
    }),
    validate('param', idParam),
    validate('json', s.CreateColumn),
    async (c) =>
      respondWithWrite(c, await service.createColumn(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )
  .get(
    '/:id/columns/:key',
    describe({
      id: 'getColumn',
      summary: 'A column',
      access: 'viewer',
      ok: { status: 200, schema: s.Column },
      errors: ['not_found'],
      versioned: 'read',
    }),
    validate('param', s.columnParam),
    async (c) => {
      const { id, key } = c.req.valid('param')
      return respondWithRow(c, await service.getColumn(c.var.ctx, id, key))
    },
  )
  .patch(
    '/:id/columns/:key',
    describe({
      id: 'updateColumn',
      summary: 'Change a column: name, category, place, WIP limit',
      description:
        'A category of done or cancelled completes the tasks in the column; leaving it reopens them. Of more than 500, `pending` is `dates` until all have followed.',
      access: 'editor',
      ok: { status: 200, schema: s.Column },
      errors: ['not_found', 'project_archived', 'edit_conflict', 'column_not_found'],
      versioned: 'write',
    }),
    validate('param', s.columnParam),
    validate('json', s.UpdateColumn),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateColumn(c.var.ctx, target(c.req.valid('param')), c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id/columns/:key',
    describe({
      id: 'deleteColumn',
      summary: 'Delete a column',
      description:
        'One that holds tasks, be it in the trash, needs `move_to`. More than 500 follow in steps: until then it takes none, and `pending` is `deletion`.',
      access: 'editor',
      ok: { status: 204 },
      errors: [
        'not_found',
        'project_archived',
        'column_not_empty',
        'column_not_found',
        'last_column',
        'wip_limit_reached',
      ],
      versioned: 'write',
    }),
    validate('param', s.columnParam),
    validate('query', s.DeleteColumn),
    async (c) =>
      respondNoContent(
        c,
        await service.deleteColumn(c.var.ctx, target(c.req.valid('param')), c.req.valid('query').move_to, ifMatch(c)),
      ),
  )
