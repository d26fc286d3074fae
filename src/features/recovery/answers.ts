import * as z from 'zod'
import { instant } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'

export const RecoveryLink = z
  .object({
    token: z.string().meta({ description: 'For POST /auth/recovery/confirm. Only this answer shows it' }),
    expires_at: instant,
  })
  .meta({ id: 'RecoveryLink', example: examples.recovery_link })

/** The use of a recovery link, as shown to the owner of the account. */
export const Recovery = z
  .object({
    created_by: id.meta({ description: 'The administrator who made the link' }),
    created_at: instant,
    used_at: instant,
    user_agent: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'Recovery', example: examples.recovery })
