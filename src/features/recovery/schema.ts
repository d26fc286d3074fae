import * as z from 'zod'
import { exampleInputs } from '../../lib/request-examples.ts'
import { password } from '../users/schema.ts'

export const ConfirmRecovery = z
  .strictObject({ token: z.string().max(256), password })
  .meta({ id: 'ConfirmRecovery', example: { token: exampleInputs.recovery_token, password: 'staple horse battery' } })
export type ConfirmRecovery = z.infer<typeof ConfirmRecovery>
