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
 * Reads the whole body, of at most 256 KiB, and keeps it for the handlers after this one. Throws body_too_large, or
 * body_malformed for a body that breaks off or whose chunked encoding is malformed: its sender's failure, not a 500.
 */
export const readWholeBody: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.raw.body === null) return next()
  try {
    await limit(c, async () => void (await c.req.arrayBuffer()))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('body_malformed', {
      detail: 'The body ended before it was complete, or its chunked encoding is malformed: send all of it again.',
      cause: error,
    })
  }
  await next()
}
