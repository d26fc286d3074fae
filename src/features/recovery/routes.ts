import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { deviceOf, requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { ConfirmRecovery, RecoveryLink } from './schema.ts'
import * as service from './service.ts'

export const recoveryRoutes = new Hono<App>()
  .post(
    '/users/:id/recovery-link',
    requireBearer,
    describe({
      id: 'makeRecoveryLink',
      summary: 'A way back for somebody who forgot their password',
      description:
        'Hand the token over by a channel on which you know the person. It works once, within 30 minutes, and ends an older one. Nobody but its owner sets the password.',
      access: 'admin',
      ok: { status: 201, location: '/auth/recovery/confirm', schema: RecoveryLink },
      errors: ['not_found', 'account_disabled'],
    }),
    validate('param', idParam),
    async (c) => respondCreated(c, await service.makeLink(c.var.ctx, c.req.valid('param').id)),
  )
  .post(
    '/auth/recovery/confirm',
    describe({
      id: 'confirmRecovery',
      summary: 'Set a new password with a recovery token',
      description:
        'Ends all sessions and API keys of the account, and closes their sockets. Sign in with the new password then.',
      access: 'public',
      ok: { status: 204 },
      errors: ['recovery_invalid', 'too_many_requests'],
    }),
    validate('json', ConfirmRecovery),
    async (c) => {
      await service.confirm(c.var.ctx, c.req.valid('json'), deviceOf(c))
      return c.body(null, 204)
    },
  )
