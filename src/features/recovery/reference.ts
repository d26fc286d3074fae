import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  makeRecoveryLink: {
    summary: 'A recovery link for somebody who forgot their password',
    description:
      'Hand the token over by a channel on which you know the person. It works once, within 30 minutes, and ends an older one. Nobody but its owner sets the password.',
    ok: { status: 201, schema: a.RecoveryLink },
    errors: ['not_found', 'account_disabled'],
  },
  confirmRecovery: {
    summary: 'Set a new password with a recovery token',
    description:
      'Ends all sessions and API keys of the account with their sockets, its links to reports and calendars, its invitations and its other recovery links. Sign in with the new password then.',
    ok: { status: 204 },
    errors: ['recovery_invalid', 'too_many_requests'],
  },
} satisfies Reference
