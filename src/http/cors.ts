import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { configOf } from '../config/config.ts'
import { isAllowed } from '../config/origins.ts'
import type { App } from '../context.ts'

/** Pages of allowed origins may ask and read. To a preflight it is the answer. */
export const preflight: MiddlewareHandler<App> = cors({
  origin: (origin, c) => (isAllowed(configOf(c.env).CORS_ORIGINS, origin) ? origin : null),
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'FlowTrack-Seq',
    'If-Match',
    'If-None-Match',
    'Idempotency-Key',
    'Mcp-Method',
    'Mcp-Name',
    'Mcp-Protocol-Version',
    'Traceparent',
    'Tracestate',
    'X-Request-Id',
  ],
  exposeHeaders: [
    'Allow',
    'Content-Disposition',
    'ETag',
    'FlowTrack-Seq',
    'Idempotency-Replayed',
    'Link',
    'Location',
    'RateLimit',
    'RateLimit-Policy',
    'Retry-After',
    'Server-Timing',
    'WWW-Authenticate',
    'X-Request-Id',
  ],
  maxAge: 86_400,
})

/** A browser asks what a page may send (Fetch, CORS-preflight request); any other OPTIONS asks what is here. */
export const isPreflight = ({ req }: Context<App>) =>
  req.method === 'OPTIONS' &&
  req.header('Origin') !== undefined &&
  req.header('Access-Control-Request-Method') !== undefined

/** Lets pages of allowed origins read this answer. Only pages say `Origin`, and ours needs no leave: others are spared the rest. */
export async function crossOrigin(c: Context<App>): Promise<void> {
  const origin = c.req.header('Origin')
  if (origin !== undefined && origin !== new URL(c.req.url).origin) await preflight(c, async () => {})
  else c.res.headers.append('Vary', 'Origin')
}
