import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  register: {
    summary: 'Open an account and sign in',
    description: 'The first account is an administrator. For later ones, the deployment may require an `invitation`.',
    ok: { status: 201, schema: a.SignedIn },
    errors: ['email_taken', 'invitation_invalid', 'invitation_required', 'registration_closed', 'too_many_requests'],
  },
  login: {
    summary: 'Sign in',
    ok: { status: 200, schema: a.SignedIn },
    errors: ['credentials_invalid', 'too_many_requests'],
  },
  refresh: {
    summary: 'Exchange a refresh token for new tokens',
    description:
      'Each refresh token works once. If it is used again within the grace period (by default 30 seconds), returns the newest tokens; later, returns 401 and ends the session.',
    ok: { status: 200, schema: a.Refreshed },
    errors: ['refresh_invalid', 'refresh_reused', 'refresh_superseded', 'too_many_requests'],
  },
  issueTicket: {
    summary: 'Create a ticket that opens one WebSocket within 30 seconds',
    description: 'For browsers, which cannot send an Authorization header with an upgrade: `?ticket=…`.',
    ok: { status: 201, schema: a.Ticket },
    errors: ['too_many_tickets'],
  },
  logout: {
    summary: 'End this session and close its sockets',
    description: 'With `FlowTrack-Session: cookie`, the cookie is enough; it is deleted.',
    ok: { status: 204 },
    errors: ['refresh_invalid'],
  },
  changePassword: {
    summary: 'Change my password',
    description: 'Ends all other sessions and closes their sockets.',
    ok: { status: 204 },
    errors: ['password_wrong'],
  },
  listSessions: {
    summary: 'My sessions, and when my password was last recovered',
    description:
      'Newest first. Ended ones are listed until 30 days after they end; if there are more than `QUOTA_SESSIONS`, the oldest are deleted earlier.',
    ok: { status: 200, schema: a.SessionPage },
  },
  endOtherSessions: { summary: 'End all my other sessions', ok: { status: 204 } },
  endSession: { summary: 'End one of my sessions', ok: { status: 204 }, errors: ['not_found'] },
} satisfies Reference
