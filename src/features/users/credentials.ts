import type { Database } from '../../db/client.ts'
import { revokeKeys } from '../keys/queries.ts'
import { revokeReportLinksBy } from '../reports/links/queries.ts'
import { endRecoveryLinksBy, endRecoveryLinksFor, revokeInvitationsBy, revokeSessions } from './queries.ts'

type Orm = Database['primary']

/**
 * Revokes the invitations, and deletes the unused recovery links, that an administrator made. They stay ended, even if
 * the person becomes an administrator again.
 */
export const endHandedOut = (orm: Orm, user_id: string) => [
  revokeInvitationsBy(orm, user_id),
  endRecoveryLinksBy(orm, user_id),
]

/** Ends everything that opens an account or was made in its name. The transaction must have locked the account. */
export const endCredentials = (orm: Orm, user_id: string, reason: 'account_disabled' | 'recovered') => [
  revokeSessions(orm, { user_id, reason }),
  revokeKeys(orm, user_id),
  endRecoveryLinksFor(orm, user_id),
  revokeReportLinksBy(orm, user_id),
  ...endHandedOut(orm, user_id),
]
