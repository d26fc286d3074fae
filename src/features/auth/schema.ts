import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, instant, line } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'
import { Recovery } from '../recovery/schema.ts'
import { email, password, User } from '../users/schema.ts'

const invitation = z.string().max(128).optional().meta({ description: 'The token of an invitation to this e-mail' })
export const Register = z.strictObject({ email, name: line(200), password, invitation }).meta({
  id: 'Register',
  example: { email: 'grace.hopper@example.com', name: 'Grace', password: 'correct horse battery' },
})
export type Register = z.infer<typeof Register>

export const Login = z
  .strictObject({ email, password: z.string().max(128) })
  .meta({ id: 'Login', example: { email: 'grace.hopper@example.com', password: 'correct horse battery' } })
export type Login = z.infer<typeof Login>

export const Refresh = z
  .strictObject({
    refresh: z.string().max(256).optional(),
  })
  .meta({ id: 'Refresh', example: { refresh: examples.tokens.refresh } })
export type Refresh = z.infer<typeof Refresh>

export const ChangePassword = z
  .strictObject({ current: z.string().max(128), new: password })
  .meta({ id: 'ChangePassword', example: { current: 'correct horse battery', new: 'staple horse battery' } })
export type ChangePassword = z.infer<typeof ChangePassword>

export const Tokens = z
  .object({
    access: z.string(),
    refresh: z.string().optional(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds until the access token ends' }),
  })
  .meta({ id: 'Tokens', example: examples.tokens })
export type Tokens = z.infer<typeof Tokens>

export const SignedIn = z.object({ tokens: Tokens, user: User }).meta({ id: 'SignedIn' })
export const Refreshed = z.object({ tokens: Tokens }).meta({ id: 'Refreshed' })

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
  description: 'The last time that the password was set by a recovery link; null when it was not, within a month',
})
export const SessionPage = pageOf(Session)
  .extend({ recovery })
  .meta({ id: 'SessionPage', example: { items: [examples.session], next_cursor: null, recovery: examples.recovery } })
export const ListSessions = z.object(pageQuery)
export type ListSessions = z.infer<typeof ListSessions>

export const Ticket = z
  .object({ ticket: z.string(), expires_in: z.int().meta({ description: 'Seconds' }) })
  .meta({ id: 'Ticket', example: { ticket: 'c_05G7z0Hcjy80LIpBfJ-EbAZe16dqm6neL0OJZPN1g', expires_in: 30 } })
