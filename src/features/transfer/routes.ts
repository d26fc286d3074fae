import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const transferRoutes = new Hono<App>().post(
  '/:id/transfer',
  describe({ id: 'transferTask', access: 'editor', keyed: true }),
  validate('param', taskParam),
  validate('json', s.TransferTask),
  async (c) =>
    respondWithWrite(c, await service.transferTask(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
)
