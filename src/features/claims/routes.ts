import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam, taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectClaimRoutes = new Hono<App>().post(
  '/:id/claims',
  describe({ id: 'claimTask', access: 'contributor', location: '/tasks/{id}', keyed: true }),
  validate('param', idParam),
  validate('json', s.ClaimTask),
  async (c) => {
    const claimed = await service.claimTask(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'))
    if (claimed) return respondWithWrite(c, claimed, 201)
    if (claimed === undefined) c.header('Idempotency-Replayed', 'true')
    return c.body(null, 204)
  },
)

export const claimRoutes = new Hono<App>()
  .use(requireBearer)
  .post(
    '/:id/claim/renew',
    describe({ id: 'renewClaim', access: 'contributor', keyed: true }),
    validate('param', taskParam),
    validate('json', s.RenewClaim),
    async (c) => c.json(await service.renewClaim(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .post(
    '/:id/claim/complete',
    describe({ id: 'completeClaim', access: 'contributor', keyed: true }),
    validate('param', taskParam),
    validate('json', s.CompleteClaim),
    async (c) =>
      respondWithWrite(c, await service.completeClaim(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .post(
    '/:id/claim/release',
    describe({ id: 'releaseClaim', access: 'contributor', keyed: true }),
    validate('param', taskParam),
    validate('json', s.ReleaseClaim),
    async (c) =>
      respondWithWrite(c, await service.releaseClaim(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
  )
