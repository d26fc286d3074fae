import { type Context, Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { validate } from '../../http/validate.ts'
import { idParam, isOn } from '../../lib/fields.ts'
import { MEDIA_TYPE, TableQuery } from './schema.ts'
import * as service from './service.ts'

const respond = (c: Context<App>, table: ReadableStream<Uint8Array>) =>
  c.body(table, 200, {
    'Content-Type': `${MEDIA_TYPE}; charset=utf-8`,
    'Content-Disposition': 'attachment; filename="tasks.csv"',
  })

export const projectTableRoutes = new Hono<App>().get(
  '/:id/tasks.csv',
  describe({ id: 'projectTable', access: 'viewer' }),
  validate('param', idParam),
  validate('query', TableQuery),
  async (c) =>
    respond(
      c,
      await service.streamProjectTasksCsv(c.get('ctx'), c.req.valid('param').id, isOn(c.req.valid('query').excel)),
    ),
)

export const myTableRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/me/tasks.csv',
    describe({ id: 'myTable', access: 'user', bound_keys: true }),
    validate('query', TableQuery),
    async (c) => respond(c, await service.streamMyTasksCsv(c.get('ctx'), isOn(c.req.valid('query').excel))),
  )
