import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondWithChange, respondWithPage, respondWithRow } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { CreateUser, ListUsers, UpdateMe, UpdateUser, User, UserPage } from './schema.ts'
import * as service from './service.ts'

export const userRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/me',
    describe({
      id: 'getMe',
      summary: 'My account',
      access: 'user',
      bound_keys: true,
      ok: { status: 200, schema: User },
      versioned: 'read',
    }),
    async (c) => respondWithRow(c, await service.getMe(c.var.ctx)),
  )
  .patch(
    '/me',
    describe({
      id: 'updateMe',
      summary: 'Change my profile',
      access: 'user',
      ok: { status: 200, schema: User },
      versioned: 'write',
    }),
    validate('json', UpdateMe),
    async (c) => respondWithChange(c, await service.updateMe(c.var.ctx, c.req.valid('json'), ifMatch(c)), 200),
  )
  .get(
    '/',
    describe({
      id: 'listUsers',
      summary: 'Search people, or list all of them',
      description:
        'Administrators list or search all accounts. Others search with `q`: active people with whom they share a project, and for who manages one also anybody by a whole e-mail.',
      access: 'admin',
      ok: { status: 200, schema: UserPage },
    }),
    validate('query', ListUsers),
    async (c) => respondWithPage(c, await service.listUsers(c.var.ctx, c.req.valid('query'))),
  )
  .post(
    '/',
    describe({
      id: 'createUser',
      keyed: true,
      summary: 'Open an account for somebody',
      access: 'admin',
      ok: { status: 201, location: '/users/{id}', schema: User },
      errors: ['email_taken'],
    }),
    validate('json', CreateUser),
    async (c) => respondWithChange(c, await service.createUser(c.var.ctx, c.req.valid('json')), 201),
  )
  .get(
    '/:id',
    describe({
      id: 'getUser',
      summary: 'An account',
      access: 'admin',
      ok: { status: 200, schema: User },
      errors: ['not_found'],
      versioned: 'read',
    }),
    validate('param', idParam),
    async (c) => respondWithRow(c, await service.getUser(c.var.ctx, c.req.valid('param').id)),
  )
  .patch(
    '/:id',
    describe({
      id: 'updateUser',
      summary: 'Change an account: its role, whether it is active',
      description:
        'Disabling an account ends its sessions, keys, and the links and invitations that it made. The last active administrator stays.',
      access: 'admin',
      ok: { status: 200, schema: User },
      errors: ['not_found', 'email_taken', 'last_admin'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', UpdateUser),
    async (c) =>
      respondWithChange(
        c,
        await service.updateUser(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteUser',
      summary: 'Anonymise an account',
      description:
        'Ends its sessions and memberships and removes its name and e-mail; the journal keeps what it did. Refused while it is the only manager of a project.',
      access: 'admin',
      ok: { status: 204 },
      errors: ['not_found', 'last_admin', 'last_manager'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => {
      await service.deleteUser(c.var.ctx, c.req.valid('param').id, ifMatch(c))
      return c.body(null, 204)
    },
  )
