import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { deviceOf, requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { ConfirmRecovery } from './schema.ts'
import * as service from './service.ts'

export const recoveryRoutes = new Hono<App>()
  .post(
    '/users/:id/recovery-link',
    requireBearer,
    describe({ id: 'makeRecoveryLink', access: 'admin', location: '/auth/recovery/confirm' }),
    validate('param', idParam),
    async (c) => respondCreated(c, await service.makeRecoveryLink(c.get('ctx'), c.req.valid('param').id)),
  )
  .post(
    '/auth/recovery/confirm',
    describe({ id: 'confirmRecovery', access: 'public' }),
    validate('json', ConfirmRecovery),
    async (c) => {
      await service.confirmRecovery(c.get('ctx'), c.req.valid('json'), deviceOf(c))
      return c.body(null, 204)
    },
  )
