import type { MiddlewareHandler } from 'hono'
import type { App } from '../env.ts'
import { AppError } from '../errors.ts'

const HAS_BODY = ['POST', 'PUT', 'PATCH']

/** A body must say that it is JSON: any other type would pass unseen by the validators. */
export const requireJson: MiddlewareHandler<App> = async (c, next) => {
  const type = c.req.header('Content-Type')
  if (HAS_BODY.includes(c.req.method) && type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new AppError('unsupported_media_type')
  }
  await next()
}
