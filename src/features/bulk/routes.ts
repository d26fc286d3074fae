import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { problemDocumentOf } from '../../http/problem.ts'
import { respondWithResults } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const bulkRoutes = new Hono<App>().post(
  '/bulk',
  describe({ id: 'bulkTasks', access: 'contributor', keyed: true }),
  validate('json', s.BulkTasks),
  async (c) => respondWithResults(c, await service.bulkTasks(c.get('ctx'), c.req.valid('json'), problemDocumentOf)),
)
