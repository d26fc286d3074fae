import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { AppError } from '../../lib/errors.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { hashSecret, newSecret } from '../../security/tokens.ts'
import { read } from '../../transaction/read.ts'
import { transact } from '../../transaction/transact.ts'
import { requireAdmin } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { CreateInvitation, ListInvitations } from './schema.ts'

/** How long an invitation can be used. */
const INVITATION_DAYS = 7

/** Invites somebody to register once, with this e-mail. Only this answer has the token. */
export async function invite(ctx: Ctx, input: CreateInvitation) {
  if (ctx.config.REGISTRATION === 'closed') {
    throw new AppError('registration_closed', { detail: 'Open the account yourself with POST /users' })
  }
  const { primary } = ctx.db
  const token = newSecret()
  const expires_at = new Date(ctx.now.getTime() + INVITATION_DAYS * 86_400_000).toISOString()
  const invitation = { id: uuid(), ...input, token_hash: hashSecret(token), created_by: ctx.actor.user_id, expires_at }
  const [, , , rows] = await transact(ctx, [
    lockAccounts(primary, ctx.actor.user_id),
    requireAdmin(ctx),
    q.requireNewInvitation(primary, input.email, ctx.config.QUOTA_INVITATIONS),
    q.insertInvitation(primary, invitation),
  ])
  ctx.log.info('invited', { invitation_id: invitation.id, role: input.role, created_by: ctx.actor.user_id })
  return { ...oneOrNotFound(rows), token }
}

/**
 * Invitations, newest first: those that wait to be used, and used and ended ones until 30 days after they expire, but
 * only the newest `QUOTA_INVITATIONS` of them.
 */
export async function listInvitations(ctx: Ctx, { cursor, limit }: ListInvitations) {
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const [rows] = await read(ctx, 'admin', [q.selectInvitations(ctx.db.readOnly, { before, limit })])
  return toPage(rows, limit, ({ id }) => [id])
}

/** Withdraws an invitation. Throws not_found for one that was used, has ended or never existed. */
export async function revokeInvitation(ctx: Ctx, id: string): Promise<void> {
  const [, [ended]] = await transact(ctx, [requireAdmin(ctx), q.revokeInvitation(ctx.db.primary, id)])
  if (!ended) throw new AppError('not_found')
}
