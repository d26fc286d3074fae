import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondNoContent, respondWithCachedPage, respondWithRow, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const memberRoutes = new Hono<App>()
  .get(
    '/:id/members',
    describe({
      id: 'listMembers',
      summary: "A project's members",
      access: 'viewer',
      ok: { status: 200, schema: s.MemberPage },
      errors: ['not_found'],
      cached: true,
    }),
    validate('param', idParam),
    validate('query', s.ListMembers),
    async (c) =>
      respondWithCachedPage(c, await service.listMembers(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
  .post(
    '/:id/members',
    describe({
      id: 'addMember',
      keyed: true,
      summary: 'Add a member',
      access: 'manager',
      ok: { status: 201, location: '/projects/{project_id}/members/{user_id}', schema: s.Member },
      errors: ['not_found', 'project_archived', 'already_member', 'too_many_members', 'user_not_found'],
    }),
    validate('param', idParam),
    validate('json', s.AddMember),
    async (c) =>
      respondWithWrite(c, await service.addMember(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )
  .get(
    '/:id/members/:user_id',
    describe({
      id: 'getMember',
      summary: 'A member',
      access: 'viewer',
      ok: { status: 200, schema: s.Member },
      errors: ['not_found'],
      versioned: 'read',
    }),
    validate('param', s.memberParam),
    async (c) => {
      const { id, user_id } = c.req.valid('param')
      return respondWithRow(c, await service.getMember(c.var.ctx, id, user_id))
    },
  )
  .patch(
    '/:id/members/:user_id',
    describe({
      id: 'updateMember',
      summary: "Change a member's role",
      access: 'manager',
      ok: { status: 200, schema: s.Member },
      errors: ['not_found', 'last_manager'],
      versioned: 'write',
    }),
    validate('param', s.memberParam),
    validate('json', s.UpdateMember),
    async (c) => {
      const { id, user_id } = c.req.valid('param')
      return respondWithWrite(
        c,
        await service.updateMember(c.var.ctx, id, user_id, c.req.valid('json'), ifMatch(c)),
        200,
      )
    },
  )
  .delete(
    '/:id/members/:user_id',
    describe({
      id: 'removeMember',
      summary: 'Remove a member, or leave',
      description:
        'Ends their access and closes their sockets. They are taken off their tasks: of more than 500, soon after the answer. Everybody may remove themselves, whatever their role, from an archived project too.',
      access: 'manager',
      ok: { status: 204 },
      errors: ['not_found', 'last_manager'],
      versioned: 'write',
    }),
    validate('param', s.memberParam),
    async (c) => {
      const { id, user_id } = c.req.valid('param')
      return respondNoContent(c, await service.removeMember(c.var.ctx, id, user_id, ifMatch(c)))
    },
  )
