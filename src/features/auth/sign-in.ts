import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { AppError } from '../../lib/errors.ts'
import { accountLimit, addressLimit, signInLimits } from '../../redis/rate-limits.ts'
import type { Actor, Device } from '../../security/actor.ts'
import { hashPassword, isOutdated, verifyPassword } from '../../security/passwords.ts'
import { formatRefresh, hashSecret, newSecret, signAccessToken } from '../../security/tokens.ts'
import { requireUncommon } from '../../security/weak-passwords.ts'
import { read } from '../../transaction/read.ts'
import { revokeAccess } from '../../transaction/revoke-access.ts'
import { transact } from '../../transaction/transact.ts'
import { authenticate } from '../../transaction/write.ts'
import type { User } from '../users/answers.ts'
import { revokeSessions, setPassword } from '../users/queries.ts'
import type { Tokens } from './answers.ts'
import { countsFor } from './devices.ts'
import * as q from './queries.ts'
import type { ChangePassword, Login, Register } from './schema.ts'

type TokenHolder = Omit<Actor, 'expires_at'>

/** The tokens that a client holds of a session: an access token, and a refresh token with this secret. */
export async function issueTokens(ctx: Ctx, holder: TokenHolder, secret: string): Promise<Tokens> {
  return {
    access: await signAccessToken(ctx.config, holder, ctx.now),
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

type Opened = ReturnType<typeof newSession>

async function toSignedIn(ctx: Ctx, user: User, { secret, session }: Opened) {
  ctx.log.info('signed_in', { user_id: user.id, session_id: session.id })
  return { tokens: await issueTokens(ctx, { user_id: user.id, session_id: session.id, role: user.role }, secret), user }
}

/**
 * Opens an account and signs it in. The first account of a deployment is its administrator; REGISTRATION decides
 * whether there may be others. The statement that opens the account uses up the invitation.
 */
export async function register(ctx: Ctx, { password, invitation, ...input }: Register, device: Device) {
  ctx.limits.consume(addressLimit(ctx.config, device.ip))
  ctx.limits.start() // the answer comes while the hash is computed
  await requireUncommon(ctx, password, input)
  const id = uuid()
  const opened = newSession(ctx, id, device)
  const password_hash = hashPassword(password, ctx.config.SCRYPT_LOG2_N)
  await ctx.limits.requireAllowed()
  const admission = { mode: ctx.config.REGISTRATION, token_hash: invitation ? hashSecret(invitation) : null }
  const insert = q.insertRegistered(ctx.db.primary, { id, ...input, password_hash }, admission)
  const [[user]] = await transact(ctx, [insert, q.insertSession(ctx.db.primary, opened.session)])
  if (!user) throw new Error('The insert of the account returned no row')
  return toSignedIn(ctx, user, opened)
}

/** Starts a timer now. CPU work after the call does not postpone its end: the wait counts from the call. */
const sleep = (ms: number) => new Promise<void>((over) => setTimeout(over, ms))

/**
 * Signs in. It takes two trips, since the Worker compares the password. Every attempt is counted before the comparison,
 * so that parallel guesses cannot exceed the limit; a success clears the count. Kinds of hashes differ in cost, so a
 * refusal waits until LOGIN_REFUSAL_MS have passed: its time does not reveal what was compared. Throws
 * credentials_invalid or too_many_requests.
 */
export async function login(ctx: Ctx, input: Login, device: Device) {
  const refusal = sleep(ctx.config.LOGIN_REFUSAL_MS)
  ctx.limits.consume(addressLimit(ctx.config, device.ip))
  const fit = await accountFor(ctx, input, device)
  if (!fit) {
    await refusal
    throw new AppError('credentials_invalid')
  }
  const opened = newSession(ctx, fit.user.id, device)
  const { cleared, returned } = fit.counts
  const [user] = await Promise.all([openSession(ctx, opened, input, fit), ctx.limits.clear(cleared, returned)])
  return toSignedIn(ctx, user, opened)
}

type VerifiedAccount = { user: User; hash: string; counts: ReturnType<typeof countsFor> }

/**
 * The account that these credentials open, with the hash that the password matched; undefined if they are wrong or the
 * account is disabled.
 */
async function accountFor(ctx: Ctx, { email, password }: Login, device: Device): Promise<VerifiedAccount | undefined> {
  const guesses = signInLimits(ctx.config, email, device)
  for (const limit of Object.values(guesses)) ctx.limits.consume(limit) // before it is known which of them apply
  const [[found]] = await transact(ctx, [q.selectCredentials(ctx.db.primary, email, device.user_agent)])
  const counts = countsFor(guesses, found?.known_addresses ?? {}, device)
  await ctx.limits.requireAllowed(counts.waived)
  const hash = found?.password_hash ?? null
  const matches = verifyPassword(password, hash, ctx.config.SCRYPT_LOG2_N)
  return found && hash && matches && found.user.is_active ? { user: found.user, hash, counts } : undefined
}

/** Ends the access of sessions that a newer one has replaced: their requests are refused, their sockets closed. */
const revokeReplaced = (ctx: Ctx, user_id: string, ended: { id: string }[]) =>
  Promise.all(
    ended.map(({ id }) =>
      revokeAccess(ctx, { user_id, session_id: id, reason: 'Newer sessions have taken its place' }),
    ),
  )

/**
 * Stores a session, if the hash that the password matched is still the account's. A hash of the former backend, or one
 * that is cheaper than SCRYPT_LOG2_N requires, is replaced in the same trip.
 */
async function openSession(ctx: Ctx, opened: Opened, input: Login, { user, hash }: VerifiedAccount): Promise<User> {
  const { primary } = ctx.db
  const { SCRYPT_LOG2_N } = ctx.config
  const statements = [
    q.requirePassword(primary, user.id, hash),
    q.insertSession(primary, opened.session),
    q.endSurplus(primary, user.id, ctx.config.QUOTA_SESSIONS),
  ] as const
  if (!isOutdated(hash, SCRYPT_LOG2_N)) {
    const [, , surplus] = await transact(ctx, [...statements])
    await revokeReplaced(ctx, user.id, surplus)
    return user
  }
  try {
    const upgrade = setPassword(primary, user.id, hashPassword(input.password, SCRYPT_LOG2_N))
    const [, , surplus, [upgraded]] = await transact(ctx, [...statements, upgrade])
    await revokeReplaced(ctx, user.id, surplus)
    return upgraded ?? user
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'credentials_invalid')) throw error
    // Perhaps another sign-in has replaced the hash meanwhile: then the password matches the new one as well.
    const now = await accountFor(ctx, input, opened.session)
    if (!now || isOutdated(now.hash, SCRYPT_LOG2_N)) throw error
    return openSession(ctx, opened, input, now)
  }
}

/**
 * Changes my password and ends all my other sessions. Wrong current passwords are counted for the account, whatever
 * their network. A recovery link stays valid: a thief of the password must not keep its owner from recovering the
 * account. Throws password_wrong, validation_failed or too_many_requests.
 */
export async function changePassword(ctx: Ctx, input: ChangePassword): Promise<void> {
  const { user_id, session_id } = ctx.actor
  const { SCRYPT_LOG2_N } = ctx.config
  const account = accountLimit(ctx.config, user_id)
  ctx.limits.consume(account)
  const [[found]] = await read(ctx, 'anyone', [q.selectHash(ctx.db.readOnly, user_id)])
  await ctx.limits.requireAllowed()
  if (!found || !verifyPassword(input.current, found.password_hash, SCRYPT_LOG2_N)) {
    throw new AppError('password_wrong')
  }
  await requireUncommon(ctx, input.new, found, 'new')
  const changes = transact(ctx, [
    lockAccounts(ctx.db.primary, user_id),
    authenticate(ctx),
    q.requirePassword(ctx.db.primary, user_id, found.password_hash),
    setPassword(ctx.db.primary, user_id, hashPassword(input.new, SCRYPT_LOG2_N)),
    revokeSessions(ctx.db.primary, { user_id, except: session_id, reason: 'password_changed' }),
  ]).catch((error: unknown) => {
    // Another request has changed the password since it was compared.
    const isStale = error instanceof AppError && error.code === 'credentials_invalid'
    throw isStale ? new AppError('password_wrong') : error
  })
  await Promise.all([changes, ctx.limits.clear([account])])
  await revokeAccess(ctx, { user_id, except_session_id: session_id, reason: 'Your password was changed' })
}
