import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondWithChange, respondWithPage, respondWithRow } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { CreateUser, ListUsers, UpdateMe, UpdateUser } from './schema.ts'
import * as service from './service.ts'

export const userRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/me', describe({ id: 'getMe', access: 'user', bound_keys: true, versioned: 'read' }), async (c) =>
    respondWithRow(c, await service.getMe(c.get('ctx'))),
  )
  .patch(
    '/me',
    describe({ id: 'updateMe', access: 'user', versioned: 'write' }),
    validate('json', UpdateMe),
    async (c) =>
      respondWithChange(c, await service.updateMe(c.get('ctx'), c.req.valid('json'), preconditionOf(c)), 200),
  )
  .get('/', describe({ id: 'listUsers', access: 'admin' }), validate('query', ListUsers), async (c) =>
    respondWithPage(c, await service.listUsers(c.get('ctx'), c.req.valid('query'))),
  )
  .post(
    '/',
    describe({ id: 'createUser', access: 'admin', location: '/users/{id}', keyed: true }),
    validate('json', CreateUser),
    async (c) => respondWithChange(c, await service.createUser(c.get('ctx'), c.req.valid('json')), 201),
  )
  .get('/:id', describe({ id: 'getUser', access: 'admin', versioned: 'read' }), validate('param', idParam), async (c) =>
    respondWithRow(c, await service.getUser(c.get('ctx'), c.req.valid('param').id)),
  )
  .patch(
    '/:id',
    describe({ id: 'updateUser', access: 'admin', versioned: 'write' }),
    validate('param', idParam),
    validate('json', UpdateUser),
    async (c) =>
      respondWithChange(
        c,
        await service.updateUser(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteUser', access: 'admin', versioned: 'write' }),
    validate('param', idParam),
    async (c) => {
      await service.deleteUser(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))
      return c.body(null, 204)
    },
  )
