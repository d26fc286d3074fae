import type { Context } from 'hono'
import { preferredType } from '../../http/accept.ts'
import { formatOfPath } from '../../http/format-suffix.ts'
import { respondFromCache } from '../../http/respond.ts'
import { type Cached, parseText } from '../../transaction/cached-read.ts'
import { toCsv } from './csv.ts'
import type { Envelope } from './model/answers.ts'
import type { VIEWS, View } from './views.ts'

const TYPES = { json: 'application/json', csv: 'text/csv', svg: 'image/svg+xml' }

/** The media type that was asked for: by the path, or else by `Accept` (RFC 9110, 12.5.1). */
function typeOf(c: Context): string {
  const format = formatOfPath(c.req.raw)
  if (format !== undefined) return TYPES[format]
  return preferredType(c.req.header('Accept'), Object.values(TYPES)) ?? TYPES.json
}

/** A picture opened by itself may run nothing and load nothing. */
export const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** A report that was not read through the cache, in the form of one that was. */
export const toUncached = <R>(report: R): Pick<Cached<R>, 'text'> => ({ text: JSON.stringify(report) })

/** Answers with a report in the requested format. The code of tables and pictures is loaded with the first of them. */
export async function respondWithReport<R extends Envelope>(
  c: Context,
  kept: Partial<Cached<R>>,
  viewOf: (views: typeof VIEWS) => View<R>,
): Promise<Response> {
  const type = typeOf(c)
  c.header('Vary', 'Accept', { append: true })
  if (type === TYPES.json) return respondFromCache(c, kept)
  const report = parseText<R>(kept.text ?? '')
  const view = viewOf((await import('./views.ts')).VIEWS)
  if (kept.head) c.header('FlowTrack-Seq', String(kept.head.seq))
  c.header('Content-Type', `${type}; charset=utf-8`)
  if (type === TYPES.csv) {
    c.header('Content-Disposition', `attachment; filename="${view.file}.csv"`)
    return c.body(toCsv(view.rows(report)))
  }
  c.header('Content-Security-Policy', PICTURE_POLICY)
  return c.body(view.picture(report))
}
