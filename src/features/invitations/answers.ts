import * as z from 'zod'
import { instant, pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { role } from '../users/schema.ts'

export const Invitation = z
  .object({
    id,
    email: z.string(),
    role,
    created_by: id,
    created_at: instant,
    expires_at: instant,
    used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .meta({ id: 'Invitation', example: examples.invitation })
export const InvitationPage = pageOf(Invitation).meta({ id: 'InvitationPage' })
const token = z.string().meta({ description: 'Only this answer shows it' })
export const NewInvitation = Invitation.extend({ token }).meta({
  id: 'NewInvitation',
  example: { ...examples.invitation, token: examples.invitation_token },
})
