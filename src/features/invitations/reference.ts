import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  listInvitations: {
    summary: 'All invitations',
    description:
      'Newest first. Used and ended ones are listed until 30 days after they expire; if there are more than `QUOTA_INVITATIONS`, the oldest are deleted earlier.',
    ok: { status: 200, schema: a.InvitationPage },
  },
  invite: {
    summary: 'Invite somebody to register',
    description:
      'Whoever has the token can register once, with this e-mail and in this role, within 7 days. A new invitation to the same e-mail withdraws the older one.',
    ok: { status: 201, schema: a.NewInvitation },
    errors: ['email_taken', 'too_many_invitations', 'registration_closed'],
  },
  revokeInvitation: { summary: 'Withdraw an invitation', ok: { status: 204 }, errors: ['not_found'] },
} satisfies Reference
