import type { MiddlewareHandler } from 'hono'
import { verifyAccess } from '../auth/tokens.ts'
import type { App } from '../env.ts'
import { AppError } from '../errors.ts'
import { ofUser } from '../limits/subject.ts'

/** The token of `Authorization: Bearer …` (RFC 6750). Throws token_missing. */
export function bearerOf(header: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1]
  if (!token) throw new AppError('token_missing')
  return token
}

/**
 * Puts the actor of the access token into the context. That the account and the session still
 * live is checked by the database, in the statement that does the work. Refuses whose requests are
 * known to be used up.
 */
export const requireBearer: MiddlewareHandler<App> = async (c, next) => {
  const { ctx } = c.var
  ctx.actor = await verifyAccess(ctx.config, bearerOf(c.req.header('Authorization')), ctx.now)
  ctx.limits.add(ofUser(ctx.config, ctx.actor.user_id))
  await next()
}

/** What one person is answered must not be shown to the next one at the same browser, nor kept by a proxy. */
export const privateAnswers: MiddlewareHandler<App> = async (c, next) => {
  await next()
  if (c.res.headers.has('Cache-Control')) return // the reference's files say it themselves
  c.header('Cache-Control', 'private, no-cache')
  c.header('Vary', 'Authorization', { append: true })
}
