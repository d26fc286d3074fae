import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { CreateInvitation, InvitationPage, ListInvitations, NewInvitation } from './schema.ts'
import * as service from './service.ts'

export const invitationRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/',
    describe({
      id: 'listInvitations',
      summary: 'Invitations',
      access: 'admin',
      ok: { status: 200, schema: InvitationPage },
    }),
    validate('query', ListInvitations),
    async (c) => respondWithPage(c, await service.listInvitations(c.var.ctx, c.req.valid('query'))),
  )
  .post(
    '/',
    describe({
      id: 'invite',
      summary: 'Invite somebody to register',
      description:
        'Who has the token registers once, with this e-mail and in this role, within 7 days. A new invitation to the same e-mail ends the older one.',
      access: 'admin',
      ok: { status: 201, location: '/invitations/{id}', schema: NewInvitation },
      errors: ['email_taken', 'too_many_invitations', 'registration_closed'],
    }),
    validate('json', CreateInvitation),
    async (c) => respondCreated(c, await service.invite(c.var.ctx, c.req.valid('json'))),
  )
  .delete(
    '/:id',
    describe({
      id: 'revokeInvitation',
      summary: 'Withdraw an invitation',
      access: 'admin',
      ok: { status: 204 },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    async (c) => {
      await service.revokeInvitation(c.var.ctx, c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
