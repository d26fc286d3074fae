import * as z from 'zod'
import { instant, pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { Recovery } from '../recovery/answers.ts'
import { User } from '../users/answers.ts'

export const Tokens = z
  .object({
    access: z.string(),
    refresh: z.string().optional(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds until the access token expires' }),
  })
  .meta({ id: 'Tokens', example: examples.tokens })
export type Tokens = z.infer<typeof Tokens>

export const SignedIn = z.object({ tokens: Tokens, user: User }).meta({ id: 'SignedIn' })
export const Refreshed = z
  .object({ tokens: Tokens, user: User.optional().meta({ description: 'With `FlowTrack-Session: cookie` only' }) })
  .meta({ id: 'Refreshed' })
export type Refreshed = z.infer<typeof Refreshed>

export const Session = z
  .object({
    id,
    user_agent: z.string().nullable(),
    ip: z.string().nullable(),
    created_at: instant,
    last_used_at: instant,
    expires_at: instant,
    revoked_at: instant.nullable(),
    revoke_reason: z.string().nullable(),
    current: z.boolean(),
  })
  .meta({ id: 'Session', example: examples.session })
const recovery = Recovery.nullable().meta({
  description: 'The last recovery link that set the password; null if there was none within a month',
})
export const SessionPage = pageOf(Session)
  .extend({ recovery })
  .meta({ id: 'SessionPage', example: { items: [examples.session], next_cursor: null, recovery: examples.recovery } })

export const Ticket = z
  .object({ ticket: z.string(), expires_in: z.int().meta({ description: 'Seconds' }) })
  .meta({ id: 'Ticket', example: { ticket: 'c_05G7z0Hcjy80LIpBfJ-EbAZe16dqm6neL0OJZPN1g', expires_in: 30 } })
