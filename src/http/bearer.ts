import type { Context, MiddlewareHandler, Next } from 'hono'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'
import { apiKeyLimit, userLimit } from '../redis/rate-limits.ts'
import { type Device, NOBODY } from '../security/actor.ts'
import { actorOfKey, isKey } from '../security/api-key.ts'
import { hasEnded, rememberEnded } from '../security/ended.ts'
import { forgetKey, isKnownKey } from '../security/known-keys.ts'
import { verifyAccessToken } from '../security/tokens.ts'
import { noteUse } from '../transaction/api-key-use.ts'
import { countUnverified } from './stranger.ts'

/**
 * Where a request comes from; null where it does not say. The address is from Cloudflare's own header; the user agent
 * is only what the client claims.
 */
export const deviceOf = (c: Context): Device => ({
  user_agent: c.req.header('User-Agent')?.slice(0, 500).toWellFormed() ?? null,
  ip: c.req.header('CF-Connecting-IP') ?? null,
})

/** The token of `Authorization: Bearer …` (RFC 6750). Throws token_missing. */
function bearerOf(header: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1]
  if (!token) throw new AppError('token_missing')
  return token
}

/**
 * Puts the actor of the access token, or of the API key, into the context. The database checks that the account and
 * the session (or the key) are still valid, in the transaction that does the work. Throws an error of the token or key,
 * or too_many_requests for a caller who is known to be over the rate limit. Does nothing the second time: a request may
 * pass several routers that require it.
 */
export const requireBearer: MiddlewareHandler<App> = async (c, next) => {
  const ctx = c.get('ctx')
  if (ctx.actor !== NOBODY) return next()
  const token = bearerOf(c.req.header('Authorization'))
  const byKey = isKey(token)
  ctx.actor = byKey ? actorOfKey(token) : await verifyAccessToken(ctx.config, token, ctx.now)
  const limit = byKey ? apiKeyLimit : userLimit
  const proceed: Next = async () => {
    ctx.limits.consume(limit(ctx.config, ctx.actor.user_id))
    await next()
  }
  const isDoubtful = byKey ? !isKnownKey(ctx.actor, ctx.now) : hasEnded(ctx.actor.session_id)
  await (isDoubtful ? countUnverified(c, proceed) : proceed())
  if (byKey && ctx.limits.isCredentialConfirmed) c.executionCtx.waitUntil(noteUse(ctx))
  if (byKey && c.res.status === 401) forgetKey(ctx.actor)
  if (c.error instanceof AppError && c.error.code === 'token_revoked') rememberEnded(ctx.actor.session_id)
}

/**
 * Like requireBearer, but refuses API keys (session_required): for what a key must never do, such as making other
 * keys or ending sessions.
 */
export const requireSession: MiddlewareHandler<App> = async (c, next) => {
  const token = bearerOf(c.req.header('Authorization'))
  if (isKey(token)) throw new AppError('session_required')
  await requireBearer(c, next)
}
