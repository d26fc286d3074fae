import type { MiddlewareHandler } from 'hono'
import { verifyAccess } from '../auth/tokens.ts'
import type { App } from '../env.ts'
import { AppError } from '../errors.ts'

/** The token of `Authorization: Bearer …` (RFC 6750). Throws token_missing. */
export function bearerOf(header: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1]
  if (!token) throw new AppError('token_missing')
  return token
}

/**
 * Puts the actor of the access token into the context. That the account and the session still
 * live is checked by the database, in the statement that does the work.
 */
export const requireBearer: MiddlewareHandler<App> = async (c, next) => {
  const { ctx } = c.var
  ctx.actor = await verifyAccess(ctx.config, bearerOf(c.req.header('Authorization')), ctx.now)
  await next()
}
