import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireSession } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { CreateKey, ListKeys } from './schema.ts'
import * as service from './service.ts'

export const keyRoutes = new Hono<App>()
  .use(requireSession)
  .get('/', describe({ id: 'listKeys', access: 'session' }), validate('query', ListKeys), async (c) =>
    respondWithPage(c, await service.listKeys(c.get('ctx'), c.req.valid('query'))),
  )
  .post(
    '/',
    describe({ id: 'createKey', access: 'session', location: '/users/me/keys/{id}' }),
    validate('json', CreateKey),
    async (c) => respondCreated(c, await service.createKey(c.get('ctx'), c.req.valid('json'))),
  )
  .delete('/:id', describe({ id: 'revokeKey', access: 'session' }), validate('param', idParam), async (c) => {
    await service.revokeKey(c.get('ctx'), c.req.valid('param').id)
    return c.body(null, 204)
  })
