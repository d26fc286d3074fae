import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { App } from '../env.ts'
import { AppError } from '../errors.ts'
import { utf8Text } from './utf8.ts'

const limit = bodyLimit({
  maxSize: 256 * 1024,
  onError: () => {
    throw new AppError('body_too_large')
  },
})

/** For who reads the body next: text that is decoded once, and strictly. Hono keeps promises, whatever its types say. */
function keepText({ req }: Context, text: string): void {
  req.bodyCache = { text: Promise.resolve(text) as never }
}

/**
 * Takes the body, whole and within the limit, and keeps it for who reads it next. One that breaks off
 * on its way, or comes in chunks that are none, is its sender's failure: no 500, and nothing to log.
 */
export const wholeBody: MiddlewareHandler<App> = async (c, next) => {
  try {
    await limit(c, async () => keepText(c, utf8Text(await c.req.arrayBuffer())))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('body_malformed', {
      detail: 'The body ended before its end: send it again, whole.',
      cause: error,
    })
  }
  await next()
}
