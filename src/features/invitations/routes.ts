import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { CreateInvitation, ListInvitations } from './schema.ts'
import * as service from './service.ts'

export const invitationRoutes = new Hono<App>()
  .use(requireBearer)
  .get('/', describe({ id: 'listInvitations', access: 'admin' }), validate('query', ListInvitations), async (c) =>
    respondWithPage(c, await service.listInvitations(c.get('ctx'), c.req.valid('query'))),
  )
  .post(
    '/',
    describe({ id: 'invite', access: 'admin', location: '/invitations/{id}' }),
    validate('json', CreateInvitation),
    async (c) => respondCreated(c, await service.invite(c.get('ctx'), c.req.valid('json'))),
  )
  .delete('/:id', describe({ id: 'revokeInvitation', access: 'admin' }), validate('param', idParam), async (c) => {
    await service.revokeInvitation(c.get('ctx'), c.req.valid('param').id)
    return c.body(null, 204)
  })
