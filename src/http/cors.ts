import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { configOf } from '../config/config.ts'
import { isAllowed } from '../config/origins.ts'
import type { App } from '../context.ts'

/** Answers a preflight, and sets the CORS headers of any other answer: pages of allowed origins may ask and read. */
export const answerPreflight: MiddlewareHandler<App> = cors({
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

/**
 * Whether a browser asks what a page may send (Fetch, CORS-preflight request). Any other OPTIONS asks for the methods
 * of a path.
 */
export const isPreflight = ({ req }: Context<App>) =>
  req.method === 'OPTIONS' &&
  req.header('Origin') !== undefined &&
  req.header('Access-Control-Request-Method') !== undefined

/**
 * Lets pages of allowed origins read this answer. Requests without `Origin`, and those of our own pages, need no CORS
 * headers.
 */
export async function allowCrossOrigin(c: Context<App>): Promise<void> {
  const origin = c.req.header('Origin')
  if (origin !== undefined && origin !== new URL(c.req.url).origin) await answerPreflight(c, async () => {})
  else c.res.headers.append('Vary', 'Origin')
}
