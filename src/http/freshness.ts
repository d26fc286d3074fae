import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { invalidAt } from '../lib/errors.ts'
import { routeDocOf } from './describe.ts'
import { versionsOf } from './etag.ts'
import { isRead } from './is-read.ts'

/** Whether a route answers from the cache. Other routes ignore FlowTrack-Seq, and refuse min_seq as unknown. */
const isCached = (c: Context) => routeDocOf(c)?.cached

/**
 * Reads what a reader has seen already: `?min_seq=<n>` or `FlowTrack-Seq: <n>`, a seq that the answer must have
 * reached, and the version of `If-None-Match`, if it names just one. Throws validation_failed for what is not a seq.
 */
export const readFreshness: MiddlewareHandler<App> = async (c, next) => {
  if (isRead(c) && isCached(c)) {
    const query = c.req.query('min_seq')
    const wanted = query ?? c.req.header('FlowTrack-Seq')
    if (wanted !== undefined && !/^\d{1,15}$/.test(wanted)) {
      throw invalidAt(query === undefined ? 'FlowTrack-Seq' : 'min_seq', 'must be a seq: up to 15 digits')
    }
    const [version, ...others] = versionsOf(c.req.header('If-None-Match') ?? '', 'weak')
    c.get('ctx').reader = {
      min_seq: wanted === undefined ? undefined : Number(wanted),
      version: others.length === 0 && version !== undefined && version >= 0 ? version : undefined,
    }
  }
  await next()
}
