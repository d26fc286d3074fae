import type { Context, MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { App } from '../context.ts'
import { serverTimingOf } from '../lib/meter.ts'
import { allowCrossOrigin, answerPreflight, isPreflight } from './cors.ts'
import { isRead } from './is-read.ts'

const secured = secureHeaders({ crossOriginResourcePolicy: false }) // CORS decides who may read

/**
 * An answer for one person must not be shown to the next one at the same browser, nor kept by a proxy. That of a write
 * is kept nowhere: it may have a token or a secret.
 */
function keepPrivate(c: Context): void {
  const { headers } = c.res
  if (headers.has('Cache-Control')) return // the route has set it: for files and pictures
  headers.set('Cache-Control', isRead(c) ? 'private, no-cache' : 'no-store')
  headers.append('Vary', 'Authorization')
}

/**
 * Sets the headers that every answer has, every refusal included, as a page could not read it without them. An
 * accepted upgrade gets none: its headers are immutable.
 */
export const setResponseHeaders: MiddlewareHandler<App> = async (c, next) => {
  if (isPreflight(c)) return answerPreflight(c, next)
  await next()
  if (c.res.status === 101) return
  keepPrivate(c)
  if (!c.get('ctx')) return secured(c, async () => {}) // misconfigured: nothing was spent, and no origin is known
  c.res.headers.set('Server-Timing', serverTimingOf(c.get('ctx').db.meter))
  await allowCrossOrigin(c)
  await secured(c, async () => {})
}
