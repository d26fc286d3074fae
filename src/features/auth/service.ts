import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { AppError } from '../../lib/errors.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { addressLimit, pagesLimit, sessionLimit } from '../../redis/rate-limits.ts'
import { NOBODY } from '../../security/actor.ts'
import { descendantOf, formatTicket, hashSecret, newSecret, parseRefresh, successorOf } from '../../security/tokens.ts'
import { read } from '../../transaction/read.ts'
import { revokeAccess } from '../../transaction/revoke-access.ts'
import { transact } from '../../transaction/transact.ts'
import { authenticate } from '../../transaction/write.ts'
import { selectKeyEnd } from '../keys/queries.ts'
import { selectRecovery } from '../recovery/queries.ts'
import { revokeSessions } from '../users/queries.ts'
import type { Refreshed } from './answers.ts'
import * as q from './queries.ts'
import type { ListSessions } from './schema.ts'
import { issueTokens } from './sign-in.ts'

/** How long a socket ticket is valid, in seconds. */
const TICKET_SECONDS = 30

/** The origin of a refresh token: its client's address, and whether it came in a cookie. */
type TokenSource = { ip: string | null; in_cookie: boolean }

/**
 * Parses a refresh token, and counts the request. A page refreshes whenever it is loaded, and many people may share one
 * address: so a genuine token from a cookie counts for its session, and for the pages of its network, which have a
 * higher limit. Throws refresh_invalid.
 */
function parseAndCount({ config, limits }: Ctx, token: string, { ip, in_cookie }: TokenSource) {
  let parsed: ReturnType<typeof parseRefresh> | undefined
  try {
    parsed = parseRefresh(config, token)
    return parsed
  } finally {
    if (in_cookie && parsed?.genuine) {
      limits.consume(sessionLimit(config, parsed.session_id))
      limits.consume(pagesLimit(config, ip))
    } else limits.consume(addressLimit(config, ip))
  }
}

/**
 * Rotates a refresh token. One that was rotated within the grace time gets the newest tokens, since its tab was slow or
 * raced another one. Later it is a replay, which ends the session and closes its sockets. With a cookie the answer
 * includes the user, whom a page does not know when it is loaded. Throws refresh_reused, refresh_invalid or
 * refresh_superseded.
 */
export async function refresh(ctx: Ctx, token: string, from: TokenSource): Promise<Refreshed> {
  const { session_id, secret, genuine } = parseAndCount(ctx, token, from)
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

/** Ends one of my sessions, and closes its sockets. Throws not_found when it is not mine, or has ended. */
export async function endSession(ctx: Ctx, id: string, reason: 'logout' | 'revoked'): Promise<void> {
  const { user_id } = ctx.actor
  const [, [ended]] = await transact(ctx, [authenticate(ctx), q.revokeSession(ctx.db.primary, { user_id, id, reason })])
  if (!ended) throw new AppError('not_found')
  await revokeAccess(ctx, { user_id, session_id: id })
}

/**
 * Ends the session of a refresh token, and closes its sockets. Returns its id; null if it had ended or expired before,
 * or if the token is not one of its tokens.
 */
async function endHeldSession(ctx: Ctx, token: string, from: TokenSource): Promise<string | null> {
  const { session_id: id, secret, genuine } = parseAndCount(ctx, token, from)
  const held = { id, presented: genuine ? undefined : hashSecret(secret), reason: 'logout' }
  const [[ended]] = await transact(ctx, [q.revokeHeldSession(ctx.db.primary, held)])
  if (!ended) return null
  await revokeAccess(ctx, { user_id: ended.user_id, session_id: id })
  return id
}

/** Ends the session of the access token, if there is one and it is not `ended`. Returns whether it did. */
async function endOwnSession(ctx: Ctx, ended: string | null): Promise<boolean> {
  const id = ctx.actor.session_id
  if (id === NOBODY.session_id || id === ended) return false
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
 * Ends the session of a refresh token, and that of the access token, if there is one. An old refresh token suffices,
 * since its replay would end the session as well. Throws refresh_invalid when there is nothing left to end.
 */
export async function endSessionsOf(ctx: Ctx, token: string, from: TokenSource): Promise<void> {
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

/**
 * My sessions, newest first, and the last recovery of the account. Ended ones are listed for 30 days after they end,
 * but only the newest `QUOTA_SESSIONS` of them.
 */
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

/** Makes a ticket that opens one socket, for browsers, which cannot send a header with an upgrade. */
export async function issueTicket(ctx: Ctx) {
  const { user_id, session_id, key_hash } = ctx.actor
  const ticket = formatTicket(ctx.config, newSecret())
  const insert = q.insertTicket(ctx.db.primary, {
    ticket_hash: hashSecret(ticket),
    user_id,
    ...(key_hash === undefined
      ? { session_id, access_expires_at: new Date(ctx.actor.expires_at).toISOString() }
      : { key_id: session_id, access_expires_at: sql`(${selectKeyEnd(ctx.db.primary, session_id)})` }),
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
