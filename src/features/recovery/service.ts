import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { AppError } from '../../lib/errors.ts'
import { addressLimit, signInLimits } from '../../redis/rate-limits.ts'
import type { Device } from '../../security/actor.ts'
import { hashPassword } from '../../security/passwords.ts'
import { hashSecret, newSecret } from '../../security/tokens.ts'
import { requireUncommon } from '../../security/weak-passwords.ts'
import { revokeAccess } from '../../transaction/revoke-access.ts'
import { transact } from '../../transaction/transact.ts'
import { requireAdmin } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { endCredentials } from '../users/credentials.ts'
import { setPassword } from '../users/queries.ts'
import * as q from './queries.ts'
import type { ConfirmRecovery } from './schema.ts'

/** How long a recovery link is valid. */
const LINK_MINUTES = 30

/**
 * Makes a recovery link for somebody who forgot their password. Only this answer contains its token. Throws not_found
 * or account_disabled.
 */
export async function makeRecoveryLink(ctx: Ctx, user_id: string) {
  const token = newSecret()
  const expires_at = new Date(ctx.now.getTime() + LINK_MINUTES * 60_000).toISOString()
  const created_by = ctx.actor.user_id
  const link = { id: uuid(), user_id, token_hash: hashSecret(token), created_by, expires_at }
  const [, , , rows] = await transact(ctx, [
    lockAccounts(ctx.db.primary, user_id, created_by),
    requireAdmin(ctx),
    q.requireRecoverable(ctx.db.primary, user_id),
    q.insertRecoveryLink(ctx.db.primary, link),
  ])
  ctx.log.warn('recovery_link_made', { user_id, created_by })
  return { token, ...oneOrNotFound(rows) }
}

/**
 * Sets a new password with a recovery link, which is then used up. Ends what the old password may have opened:
 * sessions, API keys, links to reports and calendars, invitations and other recovery links. Two transactions, as the
 * password is compared with its owner's name before it is hashed: a refused password leaves the link usable. Throws
 * recovery_invalid or validation_failed.
 */
export async function confirmRecovery(ctx: Ctx, { token, password }: ConfirmRecovery, device: Device): Promise<void> {
  const { primary } = ctx.db
  const token_hash = hashSecret(token)
  ctx.limits.consume(addressLimit(ctx.config, device.ip))
  const [[owner]] = await transact(ctx, [q.selectOwner(primary, token_hash)])
  await ctx.limits.requireAllowed()
  if (!owner) throw new AppError('recovery_invalid')
  await requireUncommon(ctx, password, owner)
  const { user_id, email } = owner
  await transact(ctx, [
    q.redeemRecoveryLink(primary, token_hash, device),
    setPassword(primary, user_id, hashPassword(password, ctx.config.SCRYPT_LOG2_N)),
    ...endCredentials(primary, user_id, 'recovered'),
  ])
  ctx.log.warn('recovered', { user_id })
  const guesses = Object.values(signInLimits(ctx.config, email.toLowerCase(), device)) // of the old password
  await Promise.all([revokeAccess(ctx, { user_id }), ctx.limits.clear(guesses)])
}
