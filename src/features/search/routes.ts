import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { Search } from './schema.ts'
import { searchTasks } from './service.ts'

export const searchRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/', describe({ id: 'search', access: 'user', bound_keys: true }), validate('query', Search), async (c) =>
    respondWithPage(c, await searchTasks(c.get('ctx'), c.req.valid('query'))),
  )
