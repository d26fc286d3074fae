import * as z from 'zod'
import { line, timezone } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'
import { email, password } from '../users/schema.ts'

const invitation = z.string().max(128).optional().meta({ description: 'The token of an invitation to this e-mail' })
const fields = { email, name: line(200), password, timezone: timezone.optional(), invitation }
export const Register = z.strictObject(fields).meta({
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
  .meta({ id: 'Refresh', example: { refresh: exampleInputs.refresh } })
export type Refresh = z.infer<typeof Refresh>

export const ChangePassword = z
  .strictObject({ current: z.string().max(128), new: password })
  .meta({ id: 'ChangePassword', example: { current: 'correct horse battery', new: 'staple horse battery' } })
export type ChangePassword = z.infer<typeof ChangePassword>
export const ListSessions = z.object(pageQuery)
export type ListSessions = z.infer<typeof ListSessions>
