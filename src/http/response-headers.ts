import type { Context, MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { App } from '../context.ts'
import { spentIn } from '../lib/meter.ts'
import { crossOrigin, isPreflight, preflight } from './cors.ts'

const secured = secureHeaders({ crossOriginResourcePolicy: false }) // CORS decides who may read

/** An answer for one person must not be shown to the next one at the same browser, nor kept by a proxy. */
function keepPrivate({ res: { headers } }: Context): void {
  if (headers.has('Cache-Control')) return // the reference's files say it themselves
  headers.set('Cache-Control', 'private, no-cache')
  headers.append('Vary', 'Authorization')
}

/**
 * The headers that every answer has, refusals included, wherever they come from: else a page could
 * not read them. An answered upgrade has none: its headers are immutable.
 */
export const onAnswers: MiddlewareHandler<App> = async (c, next) => {
  if (isPreflight(c)) return preflight(c, next)
  await next()
  if (c.res.status === 101) return
  keepPrivate(c)
  if (!c.get('ctx')) return secured(c, async () => {}) // misconfigured: nothing was spent, and no origin is known
  c.res.headers.set('Server-Timing', spentIn(c.get('ctx').db.meter))
  await crossOrigin(c)
  await secured(c, async () => {})
}
