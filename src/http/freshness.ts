import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { invalid } from '../lib/errors.ts'
import { routeDoc } from './describe.ts'
import { versionsOf } from './etag.ts'

/** Whether a route answers from the cache. Other routes treat these headers and parameters as unknown ones. */
const isCached = (c: Context) => routeDoc(c)?.cached

/**
 * Reads what a reader has seen already: `FlowTrack-Seq: <n>` or `?min_seq=<n>`, a seq that the answer
 * must have reached, and the one version of `If-None-Match`.
 */
export const freshness: MiddlewareHandler<App> = async (c, next) => {
  if (['GET', 'HEAD'].includes(c.req.method) && isCached(c)) {
    const query = c.req.query('min_seq')
    const wanted = query ?? c.req.header('FlowTrack-Seq')
    if (wanted !== undefined && !/^\d{1,15}$/.test(wanted)) {
      throw invalid(query === undefined ? 'FlowTrack-Seq' : 'min_seq', 'must be a seq')
    }
    const [version, ...others] = versionsOf(c.req.header('If-None-Match') ?? '', 'weak')
    c.get('ctx').reader = {
      min_seq: wanted === undefined ? undefined : Number(wanted),
      version: others.length === 0 && version !== undefined && version >= 0 ? version : undefined,
    }
  }
  await next()
}
