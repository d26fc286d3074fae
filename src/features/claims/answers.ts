import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { moment } from '../../lib/fields.ts'
import { WrittenTask } from '../tasks/answers.ts'

export const Claim = z
  .object({
    token: z.uuid().meta({ description: 'Send it to renew, complete or release the claim' }),
    from: z
      .string()
      .meta({ description: 'The card goes back to its place in this column, if it can, when the lease ends' }),
    lease_seconds: z.int(),
    expires_at: moment,
  })
  .meta({ id: 'Claim', example: examples.claim })
export type Claim = z.infer<typeof Claim>

export const ClaimedTask = WrittenTask.extend({ claim: Claim }).meta({ id: 'ClaimedTask' })
export type ClaimedTask = z.infer<typeof ClaimedTask>
