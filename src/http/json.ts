import type { MiddlewareHandler } from 'hono'
import type { App } from '../env.ts'
import { AppError } from '../errors.ts'

const HAS_BODY = ['POST', 'PUT', 'PATCH']

/**
 * A body must say that it is JSON: any other type would pass unseen by the validators. A body that
 * was left out has no type, whatever the header says: some clients always send one.
 */
export const requireJson: MiddlewareHandler<App> = async (c, next) => {
  if (!HAS_BODY.includes(c.req.method)) return next()
  const type = c.req.header('Content-Type')
  const empty = c.req.raw.body === null || c.req.header('Content-Length') === '0'
  if (!empty && !/^application\/json\s*(;|$)/i.test(type ?? '')) throw new AppError('unsupported_media_type')
  if (empty && type !== undefined) {
    const headers = new Headers(c.req.raw.headers)
    headers.delete('Content-Type')
    c.req.raw = new Request(c.req.raw, { headers })
  }
  await next()
}
