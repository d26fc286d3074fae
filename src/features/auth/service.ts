import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { AppError } from '../../lib/errors.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { addressQuota, sessionQuota } from '../../redis/rate-quotas.ts'
import { descendantOf, formatTicket, hashSecret, newSecret, parseRefresh, successorOf } from '../../security/tokens.ts'
import { read } from '../../transaction/read.ts'
import { revokeAccess } from '../../transaction/revoke-access.ts'
import { transact } from '../../transaction/transact.ts'
import { authenticate } from '../../transaction/write.ts'
import { keyEnd } from '../keys/queries.ts'
import { selectRecovery } from '../recovery/queries.ts'
import { revokeSessions } from '../users/queries.ts'
import type { Refreshed } from './answers.ts'
import * as q from './queries.ts'
import type { ListSessions } from './schema.ts'
import { issueTokens } from './sign-in.ts'

/** How long a socket ticket waits to be used, in seconds. */
const TICKET_SECONDS = 30

/** Where a refresh token came from. */
type From = { ip: string | null; in_cookie: boolean }

/**
 * Takes a refresh token apart, and counts the request. A page refreshes each time that it is loaded, and many people's
 * may be behind one address: a token of a cookie counts for its session, if we have made it. Throws refresh_invalid.
 */
function countedRefresh({ config, limits }: Ctx, token: string, { ip, in_cookie }: From) {
  let parsed: ReturnType<typeof parseRefresh> | undefined
  try {
    parsed = parseRefresh(config, token)
    return parsed
  } finally {
    const ours = in_cookie && parsed?.genuine ? parsed.session_id : undefined
    limits.consume(ours === undefined ? addressQuota(config, ip) : sessionQuota(config, ours))
  }
}

/**
 * Rotates a refresh token. One that was rotated within the grace time gets the newest: a slow tab, or one that
 * raced. Whoever comes later with it replays it, and that ends the session and closes its sockets. A page, which knows
 * nothing yet when it is loaded, is told who it is for as well.
 */
export async function refresh(ctx: Ctx, token: string, from: From): Promise<Refreshed> {
  const { session_id, secret, genuine } = countedRefresh(ctx, token, from)
  const successor = successorOf(ctx.config, secret)
  const hashes = { presented: hashSecret(secret), successor: hashSecret(successor) }
  const rotation = { session_id, ...hashes, genuine, grace_seconds: ctx.config.REFRESH_GRACE_SECONDS }
  const [[result], [newest], [user] = []] = await transact(ctx, [
    q.rotateSession(rotation),
    q.selectRefreshHash({ session_id }),
    ...(from.in_cookie ? [q.selectHolder({ session_id })] : []),
  ])
  if (result?.outcome === 'reused' && result.user_id) {
    await revokeAccess(ctx, { user_id: result.user_id, session_id })
    ctx.log.warn('refresh_reused', { user_id: result.user_id, session_id })
    throw new AppError('refresh_reused')
  }
  if (!newest || !result?.user_id || !result.role) throw new AppError('refresh_invalid')
  const next = descendantOf(ctx.config, successor, newest.refresh_hash)
  if (next === undefined) throw new AppError('refresh_superseded') // JWT_SECRET has changed since
  const tokens = await issueTokens(ctx, { user_id: result.user_id, session_id, role: result.role }, next)
  return { tokens, ...(user && { user }) }
}

/** Ends one of my sessions, and its sockets. Throws not_found for one that is not mine or has ended. */
export async function endSession(ctx: Ctx, id: string, reason: 'logout' | 'revoked'): Promise<void> {
  const { user_id } = ctx.actor
  const [, [ended]] = await transact(ctx, [authenticate(ctx), q.revokeSession(ctx.db.primary, { user_id, id, reason })])
  if (!ended) throw new AppError('not_found')
  await revokeAccess(ctx, { user_id, session_id: id })
}

/** Ends the session of a refresh token, and its sockets. Returns its id, null when it has ended. */
async function endHeldSession(ctx: Ctx, token: string, from: From): Promise<string | null> {
  const { session_id: id, secret, genuine } = countedRefresh(ctx, token, from)
  const held = { id, presented: genuine ? undefined : hashSecret(secret), reason: 'logout' }
  const [[ended]] = await transact(ctx, [q.revokeHeldSession(ctx.db.primary, held)])
  if (!ended) return null
  await revokeAccess(ctx, { user_id: ended.user_id, session_id: id })
  return id
}

/** Ends the session of the access token, if one came and it is not the `ended` one. Returns whether it did. */
async function endOwnSession(ctx: Ctx, ended: string | null): Promise<boolean> {
  const id = ctx.actor?.session_id
  if (id === undefined || id === ended) return false
  const over = ['not_found', 'token_revoked']
  return endSession(ctx, id, 'logout').then(
    () => true,
    (error) => {
      if (error instanceof AppError && over.includes(error.code)) return false
      throw error
    },
  )
}

/**
 * Ends the session of a refresh token, and that of the access token, where one came. An old refresh token will do: to
 * come with it once more would end the session just as well. Throws refresh_invalid when there is nothing left to end.
 */
export async function endSessionsOf(ctx: Ctx, token: string, from: From): Promise<void> {
  const held = await endHeldSession(ctx, token, from)
  const own = await endOwnSession(ctx, held)
  if (held === null && !own) throw new AppError('refresh_invalid')
}

/** Ends all my sessions but this one. */
export async function endOtherSessions(ctx: Ctx): Promise<void> {
  const { user_id, session_id } = ctx.actor
  await transact(ctx, [
    authenticate(ctx),
    revokeSessions(ctx.db.primary, { user_id, except: session_id, reason: 'revoked' }),
  ])
  await revokeAccess(ctx, { user_id, except_session_id: session_id })
}

/** My sessions, newest first, ended ones too, and the last recovery of the account. */
export async function listSessions(ctx: Ctx, { cursor, limit }: ListSessions) {
  const { user_id, session_id } = ctx.actor
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const { readOnly } = ctx.db
  const [rows, [recovery = null]] = await read(ctx, 'anyone', [
    q.selectSessions(readOnly, { user_id, before, limit }),
    selectRecovery(readOnly, user_id),
  ])
  const sessions = rows.map((session) => ({ ...session, current: session.id === session_id }))
  return { ...toPage(sessions, limit, (session) => [session.id]), recovery }
}

/** A ticket that opens one socket, for browsers, which cannot send a header with an upgrade. */
export async function issueTicket(ctx: Ctx) {
  const { user_id, session_id, key_hash } = ctx.actor
  const ticket = formatTicket(ctx.config, newSecret())
  const insert = q.insertTicket(ctx.db.primary, {
    ticket_hash: hashSecret(ticket),
    user_id,
    ...(key_hash === undefined
      ? { session_id, access_expires_at: new Date(ctx.actor.expires_at).toISOString() }
      : { key_id: session_id, access_expires_at: sql`(${keyEnd(ctx.db.primary, session_id)})` }),
    expires_at: new Date(ctx.now.getTime() + TICKET_SECONDS * 1000).toISOString(),
  })
  await transact(ctx, [
    lockAccounts(ctx.db.primary, user_id),
    authenticate(ctx, 'read'),
    q.requireTicketRoom(ctx.db.primary, user_id, ctx.config.QUOTA_TICKETS, TICKET_SECONDS),
    insert,
  ])
  return { ticket, expires_in: TICKET_SECONDS }
}
