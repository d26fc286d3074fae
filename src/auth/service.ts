import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import { endAccess } from '../cache/access.ts'
import { read } from '../db/read.ts'
import { transact } from '../db/transact.ts'
import { authenticate } from '../db/write.ts'
import type { Actor, Ctx } from '../env.ts'
import { AppError } from '../errors.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { ofAccount, ofAddress } from '../limits/subject.ts'
import { insertUser, revokeSessions } from '../users/queries.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import * as q from './queries.ts'
import type { ChangePassword, Device, ListSessions, Login, Register, Tokens } from './schema.ts'
import { formatRefresh, hashSecret, newSecret, parseRefresh, signAccess, successorOf } from './tokens.ts'

/** How long a socket ticket waits to be used, in seconds. */
const TICKET_SECONDS = 30

type Holder = Omit<Actor, 'expires_at'>

async function tokensFor(ctx: Ctx, holder: Holder, secret: string): Promise<Tokens> {
  return {
    access: await signAccess(ctx.config, holder, ctx.now),
    refresh: formatRefresh(ctx.config, holder.session_id, secret),
    token_type: 'Bearer',
    expires_in: ctx.config.ACCESS_TTL_SECONDS,
  }
}

/** A new session, and the secret that its first refresh token holds. */
function newSession(ctx: Ctx, user_id: string, device: Device) {
  const secret = newSecret()
  const expires_at = new Date(ctx.now.getTime() + ctx.config.REFRESH_TTL_DAYS * 86_400_000).toISOString()
  const session = { id: uuid(), user_id, refresh_hash: hashSecret(secret), expires_at, ...device }
  return { secret, session }
}

/** Opens an account and signs it in. The first account of a deployment is its administrator. */
export async function register(ctx: Ctx, { password, ...input }: Register, device: Device) {
  ctx.limits.add(ofAddress(ctx.config, device.ip))
  ctx.limits.begin() // the answer comes while the hash is computed
  const id = uuid()
  const { secret, session } = newSession(ctx, id, device)
  const password_hash = hashPassword(password, ctx.config.SCRYPT_LOG2_N)
  await ctx.limits.allow()
  const insert = insertUser(ctx.db.orm, { id, ...input, password_hash })
  const [[user]] = await transact(ctx, [insert, q.insertSession(ctx.db.orm, session)])
  if (!user) throw new Error('An insert returned no row')
  return { tokens: await tokensFor(ctx, { user_id: id, session_id: session.id, role: user.role }, secret), user }
}

/**
 * Signs in. Two trips: the hash has to be compared here, where the CPU is. Every attempt counts
 * against the account before it is compared, so that parallel guesses are no more than the limit;
 * a success clears the count.
 */
export async function login(ctx: Ctx, { email, password }: Login, device: Device) {
  const account = ofAccount(ctx.config, email)
  ctx.limits.add(ofAddress(ctx.config, device.ip))
  ctx.limits.add(account)
  const [[found]] = await transact(ctx, [q.selectCredentials(ctx.db.orm, email)])
  await ctx.limits.allow()
  const matches = verifyPassword(password, found?.password_hash ?? null, ctx.config.SCRYPT_LOG2_N)
  if (!found || !matches || !found.user.is_active) throw new AppError('credentials_invalid')
  const { user } = found
  const { secret, session } = newSession(ctx, user.id, device)
  const unchanged = q.requirePassword(ctx.db.orm, user.id, found.password_hash)
  await Promise.all([ctx.limits.clear(account), transact(ctx, [unchanged, q.insertSession(ctx.db.orm, session)])])
  return { tokens: await tokensFor(ctx, { user_id: user.id, session_id: session.id, role: user.role }, secret), user }
}

/** Rotates a refresh token; a replayed one ends its session and closes its sockets. */
export async function refresh(ctx: Ctx, token: string, ip: string | null) {
  ctx.limits.add(ofAddress(ctx.config, ip))
  const { session_id, secret, genuine } = parseRefresh(ctx.config, token)
  const successor = successorOf(ctx.config, secret)
  const hashes = { presented: hashSecret(secret), successor: hashSecret(successor) }
  const rotation = { session_id, ...hashes, genuine, grace_seconds: ctx.config.REFRESH_GRACE_SECONDS }
  const [[result]] = await transact(ctx, [q.rotateSession(ctx.db.orm, rotation)])
  if (result?.outcome === 'reused' && result.user_id) {
    await endAccess(ctx, { user_id: result.user_id, session_id })
    ctx.log.warn('refresh_reused', { user_id: result.user_id, session_id })
    throw new AppError('refresh_reused')
  }
  if (result?.outcome !== 'rotated' || !result.user_id || !result.role) throw new AppError('refresh_invalid')
  return { tokens: await tokensFor(ctx, { user_id: result.user_id, session_id, role: result.role }, successor) }
}

/** Ends one of my sessions, and its sockets. Throws not_found for one that is not mine or has ended. */
export async function endSession(ctx: Ctx, id: string, reason: 'logout' | 'revoked'): Promise<void> {
  const { user_id } = ctx.actor
  const [, [ended]] = await transact(ctx, [authenticate(ctx), q.revokeSession(ctx.db.orm, { user_id, id, reason })])
  if (!ended) throw new AppError('not_found')
  await endAccess(ctx, { user_id, session_id: id })
}

/** Ends all my sessions but this one. */
export async function endOtherSessions(ctx: Ctx): Promise<void> {
  const { user_id, session_id } = ctx.actor
  await transact(ctx, [
    authenticate(ctx),
    revokeSessions(ctx.db.orm, { user_id, except: session_id, reason: 'revoked' }),
  ])
  await endAccess(ctx, { user_id, except_session_id: session_id })
}

/** Changes my password and ends all my other sessions. */
export async function changePassword(ctx: Ctx, input: ChangePassword): Promise<void> {
  const { user_id, session_id } = ctx.actor
  const { SCRYPT_LOG2_N } = ctx.config
  const account = ofAccount(ctx.config, user_id)
  ctx.limits.add(account)
  const [[found]] = await read(ctx, 'anyone', [q.selectHash(ctx.db.snapshot, user_id)])
  await ctx.limits.allow()
  if (!verifyPassword(input.current, found?.password_hash ?? null, SCRYPT_LOG2_N)) {
    throw new AppError('forbidden', { detail: 'The current password is wrong' })
  }
  const changes = transact(ctx, [
    authenticate(ctx),
    q.requirePassword(ctx.db.orm, user_id, found?.password_hash ?? null),
    q.setPassword(ctx.db.orm, user_id, hashPassword(input.new, SCRYPT_LOG2_N)),
    revokeSessions(ctx.db.orm, { user_id, except: session_id, reason: 'password_changed' }),
  ])
  await Promise.all([ctx.limits.clear(account), changes])
  await endAccess(ctx, { user_id, except_session_id: session_id })
}

/** My sessions, newest first, ended ones too. */
export async function listSessions(ctx: Ctx, { cursor, limit }: ListSessions) {
  const { user_id, session_id } = ctx.actor
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const [rows] = await read(ctx, 'anyone', [q.selectSessions(ctx.db.snapshot, { user_id, before, limit })])
  const sessions = rows.map((session) => ({ ...session, current: session.id === session_id }))
  return toPage(sessions, limit, (session) => [session.id])
}

/** A ticket that opens one socket, for browsers, which cannot send a header with an upgrade. */
export async function issueTicket(ctx: Ctx) {
  const ticket = newSecret()
  const insert = q.insertTicket(ctx.db.orm, {
    ticket_hash: hashSecret(ticket),
    user_id: ctx.actor.user_id,
    session_id: ctx.actor.session_id,
    access_expires_at: new Date(ctx.actor.expires_at).toISOString(),
    expires_at: new Date(ctx.now.getTime() + TICKET_SECONDS * 1000).toISOString(),
  })
  await transact(ctx, [authenticate(ctx), insert])
  return { ticket, expires_in: TICKET_SECONDS }
}
