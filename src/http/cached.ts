import type { Context, MiddlewareHandler } from 'hono'
import { type Cached, parsed } from '../cache/cached.ts'
import type { App } from '../env.ts'
import { invalid } from '../errors.ts'
import { type Page, pageLink } from './cursor.ts'
import { routeDoc } from './describe.ts'
import { etagOf, isNotModified, versionsOf } from './etag.ts'

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
    c.var.ctx.reader = {
      min_seq: wanted === undefined ? undefined : Number(wanted),
      version: others.length === 0 && version !== undefined && version >= 0 ? version : undefined,
    }
  }
  await next()
}

const typed = <T>(response: Response) => response as ReturnType<typeof Context.prototype.json<T & {}, 200>>

/** Answers with the text of a cached read as it is, the seq at which it is true, and its ETag; or with 304. */
export function sent<T>(c: Context, { head, version, text = null }: Partial<Cached<T>>) {
  if (head) c.header('FlowTrack-Seq', String(head.seq))
  if (version !== undefined) c.header('ETag', etagOf(version))
  if (text === null || (version !== undefined && isNotModified(c, version))) return typed<T>(c.body(null, 304))
  return typed<T>(c.body(text, 200, { 'Content-Type': 'application/json' }))
}

/** The same for a page of a list, with the `Link` to the next one. */
export function sentPage<P extends Page<unknown>>(c: Context, answer: Cached<P>) {
  if (answer.text !== null) pageLink(c, parsed(answer.text))
  return sent(c, answer)
}
