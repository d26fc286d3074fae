import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { Search, SearchPage } from './schema.ts'
import { search } from './service.ts'

export const searchRoutes = new Hono<App>().use(requireBearer).get(
  '/',
  describe({
    id: 'search',
    summary: 'Find tasks by their texts and numbers',
    description: 'In any case, accent and Unicode form. The best first: a number, titles, descriptions.',
    access: 'user',
    bound_keys: true,
    ok: { status: 200, schema: SearchPage },
    errors: ['not_found'],
  }),
  validate('query', Search),
  async (c) => respondWithPage(c, await search(c.var.ctx, c.req.valid('query'))),
)
