import * as z from 'zod'
import { id } from '../../lib/fields.ts'
import { exampleIds } from '../../lib/request-examples.ts'
import { columnKey } from '../columns/schema.ts'
import { body } from '../comments/schema.ts'

const lease_seconds = z.int().min(1).max(86_400).meta({
  description:
    'How long the card is yours unless you renew it: 30 to 86,400 seconds, unless this deployment has another minimum',
})
const token = z.uuid().meta({ description: 'The `claim.token` that came with the card' })
const comment = body.optional().meta({ description: 'A comment to add to the task' })

export const ClaimTask = z
  .strictObject({
    from: columnKey.meta({ description: 'Key of the column to take from' }),
    to: columnKey.optional().meta({ description: 'Key of the column to move to; by default, it stays' }),
    label_id: id.optional().meta({ description: 'Only cards with this label' }),
    lease_seconds,
  })
  .meta({ id: 'ClaimTask', example: { from: 'todo', to: 'in_progress', lease_seconds: 300 } })
export type ClaimTask = z.infer<typeof ClaimTask>

export const RenewClaim = z
  .strictObject({
    token,
    lease_seconds: lease_seconds.optional().meta({ description: 'Counted from now; by default, as long as before' }),
  })
  .meta({ id: 'RenewClaim', example: { token: exampleIds.claim } })
export type RenewClaim = z.infer<typeof RenewClaim>

export const CompleteClaim = z
  .strictObject({ token, status: columnKey.meta({ description: 'Key of the column to move to' }), comment })
  .meta({ id: 'CompleteClaim', example: { token: exampleIds.claim, status: 'done' } })
export type CompleteClaim = z.infer<typeof CompleteClaim>

export const ReleaseClaim = z
  .strictObject({ token, comment })
  .meta({ id: 'ReleaseClaim', example: { token: exampleIds.claim } })
export type ReleaseClaim = z.infer<typeof ReleaseClaim>
