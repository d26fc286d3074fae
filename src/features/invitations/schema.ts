import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, instant } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'
import { email, role } from '../users/schema.ts'

export const CreateInvitation = z
  .strictObject({ email, role: role.default('member') })
  .meta({ id: 'CreateInvitation', example: { email: 'margaret.hamilton@example.com' } })
export type CreateInvitation = z.infer<typeof CreateInvitation>

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
const token = z.string().meta({ description: 'Shown this once' })
export const NewInvitation = Invitation.extend({ token }).meta({
  id: 'NewInvitation',
  example: { ...examples.invitation, token: examples.invitation_token },
})

export const ListInvitations = z.object(pageQuery)
export type ListInvitations = z.infer<typeof ListInvitations>
