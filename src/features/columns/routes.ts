import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondFromCache, respondNoContent, respondWithRow, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

const targetOf = ({ id, key }: { id: string; key: string }) => ({ project_id: id, key })

export const columnRoutes = new Hono<App>()
  .get(
    '/:id/columns',
    describe({ id: 'listColumns', access: 'viewer', cached: true }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.listColumns(c.get('ctx'), c.req.valid('param').id)),
  )
  .post(
    '/:id/columns',
    describe({ id: 'createColumn', access: 'editor', location: '/projects/{project_id}/columns/{key}', keyed: true }),
    validate('param', idParam),
    validate('json', s.CreateColumn),
    async (c) =>
      respondWithWrite(c, await service.createColumn(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 201),
  )
  .get(
    '/:id/columns/:key',
    describe({ id: 'getColumn', access: 'viewer', versioned: 'read' }),
    validate('param', s.columnParam),
    async (c) => {
      const { id, key } = c.req.valid('param')
      return respondWithRow(c, await service.getColumn(c.get('ctx'), id, key))
    },
  )
  .patch(
    '/:id/columns/:key',
    describe({ id: 'updateColumn', access: 'editor', versioned: 'write' }),
    validate('param', s.columnParam),
    validate('json', s.UpdateColumn),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateColumn(
          c.get('ctx'),
          targetOf(c.req.valid('param')),
          c.req.valid('json'),
          preconditionOf(c),
        ),
        200,
      ),
  )
  .delete(
    '/:id/columns/:key',
    describe({ id: 'deleteColumn', access: 'editor', versioned: 'write' }),
    validate('param', s.columnParam),
    validate('query', s.DeleteColumn),
    async (c) =>
      respondNoContent(
        c,
        await service.deleteColumn(
          c.get('ctx'),
          targetOf(c.req.valid('param')),
          c.req.valid('query').move_to,
          preconditionOf(c),
        ),
      ),
  )
