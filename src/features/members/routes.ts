import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondNoContent, respondWithCachedPage, respondWithRow, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const memberRoutes = new Hono<App>()
  .get(
    '/:id/members',
    describe({ id: 'listMembers', access: 'viewer', cached: true }),
    validate('param', idParam),
    validate('query', s.ListMembers),
    async (c) =>
      respondWithCachedPage(c, await service.listMembers(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/members',
    describe({ id: 'addMember', access: 'manager', location: '/projects/{project_id}/members/{user_id}', keyed: true }),
    validate('param', idParam),
    validate('json', s.AddMember),
    async (c) =>
      respondWithWrite(c, await service.addMember(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 201),
  )
  .get(
    '/:id/members/:user_id',
    describe({ id: 'getMember', access: 'viewer', versioned: 'read' }),
    validate('param', s.memberParam),
    async (c) => {
      const { id, user_id } = c.req.valid('param')
      return respondWithRow(c, await service.getMember(c.get('ctx'), id, user_id))
    },
  )
  .patch(
    '/:id/members/:user_id',
    describe({ id: 'updateMember', access: 'manager', versioned: 'write' }),
    validate('param', s.memberParam),
    validate('json', s.UpdateMember),
    async (c) => {
      const { id, user_id } = c.req.valid('param')
      return respondWithWrite(
        c,
        await service.updateMember(c.get('ctx'), id, user_id, c.req.valid('json'), preconditionOf(c)),
        200,
      )
    },
  )
  .delete(
    '/:id/members/:user_id',
    describe({ id: 'removeMember', access: 'manager', versioned: 'write' }),
    validate('param', s.memberParam),
    async (c) => {
      const { id, user_id } = c.req.valid('param')
      return respondNoContent(c, await service.removeMember(c.get('ctx'), id, user_id, preconditionOf(c)))
    },
  )
