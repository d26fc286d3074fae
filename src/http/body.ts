import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'

const limit = bodyLimit({
  maxSize: 256 * 1024,
  onError: () => {
    throw new AppError('body_too_large')
  },
})

/**
 * Takes the body, whole and within the limit, and keeps it for who reads it next. One that breaks off
 * on its way, or is malformed chunked data, is its sender's failure: no 500, and nothing to log.
 */
export const wholeBody: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.raw.body === null) return next()
  try {
    await limit(c, async () => void (await c.req.arrayBuffer()))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('body_malformed', {
      detail: 'The body ended before its end: send it again, whole.',
      cause: error,
    })
  }
  await next()
}
