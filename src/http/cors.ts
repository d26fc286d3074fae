import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { App } from '../env.ts'

const forPages = cors({
  origin: (origin, c) => (c.var.ctx.config.CORS_ORIGINS.includes(origin) ? origin : null),
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'FlowTrack-Seq',
    'If-Match',
    'If-None-Match',
    'Idempotency-Key',
    'X-Request-Id',
  ],
  exposeHeaders: [
    'ETag',
    'FlowTrack-Seq',
    'Idempotency-Replayed',
    'Link',
    'RateLimit',
    'RateLimit-Policy',
    'Retry-After',
    'Server-Timing',
    'X-Request-Id',
  ],
  maxAge: 86_400,
})

/** Web pages of allowed origins may ask and read. Only they say `Origin`: all others are spared the rest. */
export const crossOrigin: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.header('Origin') !== undefined) return forPages(c, next)
  await next()
  c.res.headers.append('Vary', 'Origin')
}
