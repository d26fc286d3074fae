import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  makeRecoveryLink: {
    summary: 'Create a recovery link for somebody who forgot their password',
    description:
      'Give the token to this person only: whoever has it can set the password, once, within 30 minutes. An older token of the account stops working.',
    ok: { status: 201, schema: a.RecoveryLink },
    errors: ['not_found', 'account_disabled'],
  },
  confirmRecovery: {
    summary: 'Set a new password with a recovery token',
    description:
      'Ends all sessions and API keys of the account with their sockets, and all links to reports and calendars, invitations and recovery links that it made. Then sign in with the new password.',
    ok: { status: 204 },
    errors: ['recovery_invalid', 'too_many_requests'],
  },
} satisfies Reference
