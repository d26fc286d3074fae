import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam, taskParam } from '../../lib/fields.ts'
import { WrittenTask } from '../tasks/schema.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectClaimRoutes = new Hono<App>().post(
  '/:id/claims',
  describe({
    id: 'claimTask',
    keyed: true,
    summary: 'Take the next card of a column',
    description:
      'The first card that nobody is assigned to and nothing blocks: it is assigned to you and moved to `to`, and no other caller gets it. When the lease ends, it goes back to the top of `from`. 204 when there is none.',
    access: 'contributor',
    ok: { status: 201, location: '/tasks/{id}', schema: s.ClaimedTask, none: 'No card is free' },
    errors: [
      'not_found',
      'project_archived',
      'wip_limit_reached',
      'column_not_found',
      'label_not_found',
      'assignee_not_member',
    ],
  }),
  validate('param', idParam),
  validate('json', s.ClaimTask),
  async (c) => {
    const claimed = await service.claimTask(c.var.ctx, c.req.valid('param').id, c.req.valid('json'))
    return claimed ? respondWithWrite(c, claimed, 201) : c.body(null, 204)
  },
)

export const claimRoutes = new Hono<App>()
  .use(requireBearer)
  .post(
    '/:id/claim/renew',
    describe({
      id: 'renewClaim',
      keyed: true,
      summary: 'Keep a claimed card for longer',
      access: 'contributor',
      ok: { status: 200, schema: s.Claim },
      errors: ['not_found', 'project_archived', 'lease_lost'],
      journalled: false,
    }),
    validate('param', taskParam),
    validate('json', s.RenewClaim),
    async (c) => c.json(await service.renewClaim(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .post(
    '/:id/claim/complete',
    describe({
      id: 'completeClaim',
      keyed: true,
      summary: 'Complete the work on a claimed card',
      description: 'Moves the card to the bottom of `status`, with your comment, and ends the claim.',
      access: 'contributor',
      ok: { status: 200, schema: WrittenTask },
      errors: [
        'not_found',
        'project_archived',
        'lease_lost',
        'wip_limit_reached',
        'column_not_found',
        'too_many_comments',
      ],
    }),
    validate('param', taskParam),
    validate('json', s.CompleteClaim),
    async (c) =>
      respondWithWrite(c, await service.completeClaim(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .post(
    '/:id/claim/release',
    describe({
      id: 'releaseClaim',
      keyed: true,
      summary: 'Give a claimed card back',
      description: 'It goes to the top of the column that it came from, unassigned.',
      access: 'contributor',
      ok: { status: 200, schema: WrittenTask },
      errors: ['not_found', 'project_archived', 'lease_lost', 'too_many_comments'],
    }),
    validate('param', taskParam),
    validate('json', s.ReleaseClaim),
    async (c) =>
      respondWithWrite(c, await service.releaseClaim(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  )
