import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'
import { userQuota } from '../redis/rate-quotas.ts'
import type { Device } from '../security/actor.ts'
import { actorOfKey, isKey } from '../security/api-key.ts'
import { verifyAccess } from '../security/tokens.ts'
import { isKnownKey, noteUse } from '../transaction/api-key-use.ts'
import { asStranger } from './stranger.ts'

/** The origin of a request. Only Cloudflare's own header is trusted; the user agent is what its client says. */
export const deviceOf = (c: Context): Device => ({
  user_agent: c.req.header('User-Agent')?.slice(0, 500).toWellFormed() ?? null,
  ip: c.req.header('CF-Connecting-IP') ?? null,
})

/** The token of `Authorization: Bearer …` (RFC 6750). Throws token_missing. */
export function bearerOf(header: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1]
  if (!token) throw new AppError('token_missing')
  return token
}

/**
 * Puts the actor of the access token, or of the API key, into the context. That the account and the
 * session (or the key) still live is checked by the database, in the statement that does the work.
 * Refuses a caller who is known to be over the rate limit.
 */
export const requireBearer: MiddlewareHandler<App> = async (c, next) => {
  const ctx = c.get('ctx')
  const token = bearerOf(c.req.header('Authorization'))
  const byKey = isKey(token)
  ctx.actor = byKey ? actorOfKey(token) : await verifyAccess(ctx.config, token, ctx.now)
  // Not by the owner that a key claims: made-up ones would use up somebody else's requests.
  ctx.limits.consume(userQuota(ctx.config, ctx.actor.key_hash ?? ctx.actor.user_id))
  await (byKey && !isKnownKey(ctx.actor) ? asStranger(c, next) : next())
  if (byKey && c.res.status < 400) c.executionCtx.waitUntil(noteUse(ctx))
}

/** Like requireBearer, but not by API key: for what a key must never do, such as making others or ending sessions. */
export const requireSession: MiddlewareHandler<App> = async (c, next) => {
  const token = bearerOf(c.req.header('Authorization'))
  if (isKey(token)) throw new AppError('session_required')
  await requireBearer(c, next)
}
