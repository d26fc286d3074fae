import type { Context } from 'hono'
import type { Page } from '../lib/page.ts'
import { type Cached, parseText } from '../transaction/cached-read.ts'
import type { WriteResult } from '../transaction/write-result.ts'
import { routeDocOf } from './describe.ts'
import { etagOf, isNotModified } from './etag.ts'

/*
 * Answers of several kinds are returned as a plain `Response`: Hono would multiply their types by those of each
 * further route, and `tsc` would not end.
 */

/** Answers a read with its ETag, or 304 when the client has this version already. */
export function respondWithRow(c: Context, row: { seq: number }): Response {
  c.header('ETag', etagOf(row.seq))
  if (isNotModified(c, row.seq)) return c.body(null, 304)
  return c.json(row, 200)
}

/** Sets `Location` to the address of what this request has made (RFC 9110, 15.3.2), by the template of its route. */
export function setLocation(c: Context, body: object): void {
  const location = routeDocOf(c)?.location
  if (location)
    c.header(
      'Location',
      location.replace(/\{([\w.]+)\}/g, (_, path) => encodeURIComponent(valueAt(body, path))),
    )
}

const valueAt = (body: object, path: string) =>
  String(path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], body))

/** Answers 201 with what was made and has no version. */
export function respondCreated<T extends object>(c: Context, body: T) {
  setLocation(c, body)
  return c.json(body, 201)
}

/** Answers a write: the row, its ETag, the project's seq, and warnings if there are any. */
export function respondWithWrite<T extends { seq: number }, S extends 200 | 201>(
  c: Context,
  outcome: WriteResult<T>,
  status: S,
) {
  const { row, head, warnings } = outcome
  c.header('ETag', etagOf(row.seq))
  c.header('FlowTrack-Seq', String(head))
  if (status === 201) setLocation(c, row)
  return c.json(warnings.length > 0 ? { ...row, warnings } : row, status)
}

/** Answers a write that belongs to no project: the row and its ETag. */
export function respondWithChange<T extends { seq: number }, S extends 200 | 201>(c: Context, row: T, status: S) {
  c.header('ETag', etagOf(row.seq))
  if (status === 201) setLocation(c, row)
  return c.json(row, status)
}

/** Answers a write of several rows with their results, and the project's seq. */
export function respondWithResults<T extends object>(c: Context, { body, head }: { body: T; head: number }) {
  c.header('FlowTrack-Seq', String(head))
  return c.json(body, 200)
}

/** Answers 204 to a write that leaves no row to show, with the project's seq. */
export function respondNoContent(c: Context, { head }: { head: number }) {
  c.header('FlowTrack-Seq', String(head))
  return c.body(null, 204)
}

/**
 * Answers with the text of a cached read as it is, the seq at which it is true, and its ETag; 304 when the client has
 * it.
 */
export function respondFromCache(c: Context, { head, version, text = null }: Partial<Cached<unknown>>): Response {
  if (head) c.header('FlowTrack-Seq', String(head.seq))
  if (version !== undefined) c.header('ETag', etagOf(version))
  if (text === null || (version !== undefined && isNotModified(c, version))) return c.body(null, 304)
  return c.body(text, 200, { 'Content-Type': 'application/json' })
}

/** `respondFromCache` for a page of a list, with the `Link` to the next one. */
export function respondWithCachedPage<P extends Page<unknown>>(c: Context, answer: Cached<P>) {
  if (answer.text !== null) setNextLink(c, parseText(answer.text))
  return respondFromCache(c, answer)
}

/** An RFC 8288 `Link` to the next page, if there is one. */
function setNextLink(c: Context, { next_cursor }: Page<unknown>): void {
  if (next_cursor === null) return
  const next = new URL(c.req.url)
  next.searchParams.set('cursor', next_cursor)
  c.header('Link', `<${next.pathname}${next.search}>; rel="next"`)
}

/** Answers with a page, and its link to the next one. */
export function respondWithPage<P extends Page<unknown>>(c: Context, page: P) {
  setNextLink(c, page)
  return c.json(page, 200)
}
