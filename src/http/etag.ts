import type { Context } from 'hono'
import type { Expected } from '../db/expect.ts'
import type { Outcome } from '../outcome.ts'
import { routeDoc } from './describe.ts'

export const etagOf = (seq: number) => `"${seq}"`

/** One entity-tag of a list, and the comma behind it (RFC 9110, 8.8.3 and 5.6.1). */
const TAG = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?=,|$)/y

/** Ours is a seq, written as we write it; any other tag is of a version that no row has. */
const NOBODYS = -1
const versionOf = (text: string) => (/^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : NOBODYS)

/**
 * The versions that a conditional header names (RFC 9110, 13.1); what is not well-formed names none.
 * `strong`: a weak tag is like none (8.8.3.2), as it does not promise the same bytes.
 */
export function versionsOf(header: string, comparison: 'strong' | 'weak'): number[] {
  const versions: number[] = []
  for (let at = 0; at < header.length; at = TAG.lastIndex) {
    TAG.lastIndex = at
    const [, weak, text] = TAG.exec(header) ?? []
    if (text === undefined) break
    versions.push(weak && comparison === 'strong' ? NOBODYS : versionOf(text))
  }
  return versions
}

/**
 * What a write expects of the row's version: `If-Match` and `If-None-Match` (RFC 9110, 13.1). `*` is any
 * version: there it is what every write expects, here what none can have.
 */
export function ifMatch(c: Context): Expected | undefined {
  const [match, none] = [c.req.header('If-Match')?.trim(), c.req.header('If-None-Match')?.trim()]
  if (match === undefined && none === undefined) return undefined
  return {
    ...(match !== undefined && match !== '*' && { one_of: versionsOf(match, 'strong') }),
    ...(none !== undefined && { none_of: none === '*' ? 'any' : versionsOf(none, 'weak') }),
  }
}

/** Whether the client has this version already, by its `If-None-Match`. */
export function isNotModified(c: Context, version: number): boolean {
  const known = c.req.header('If-None-Match')?.trim() ?? ''
  return known === '*' || versionsOf(known, 'weak').includes(version)
}

/** Answers a read with its ETag, or 304 when the client has this version already. */
export function versioned<T extends { seq: number }>(c: Context, row: T) {
  c.header('ETag', etagOf(row.seq))
  if (isNotModified(c, row.seq)) return c.body(null, 304) as never // no part of the typed contract
  return c.json(row, 200)
}

/** Says where the row is that this request has made (RFC 9110, 15.3.2): its route knows. */
export function locate(c: Context, body: object): void {
  const { location } = routeDoc(c)?.ok ?? {}
  if (location)
    c.header(
      'Location',
      location.replace(/\{([\w.]+)\}/g, (_, path) => encodeURIComponent(valueAt(body, path))),
    )
}
const valueAt = (body: object, path: string) =>
  String(path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], body)) // tested for each route

/** Answers with what was made, which is no version of a row. */
export function made<T extends object>(c: Context, body: T) {
  locate(c, body)
  return c.json(body, 201)
}

/** Answers a write: the row, its ETag, the project's seq, and warnings if there are any. */
export function written<T extends { seq: number }, S extends 200 | 201>(c: Context, outcome: Outcome<T>, status: S) {
  const { row, head, warnings } = outcome
  c.header('ETag', etagOf(row.seq))
  c.header('FlowTrack-Seq', String(head))
  if (status === 201) locate(c, row)
  return c.json(warnings.length > 0 ? { ...row, warnings } : row, status)
}

/** Answers a write that belongs to no project: the row and its ETag. */
export function changed<T extends { seq: number }, S extends 200 | 201>(c: Context, row: T, status: S) {
  c.header('ETag', etagOf(row.seq))
  if (status === 201) locate(c, row)
  return c.json(row, status)
}

/** Answers a write that leaves no row to show. */
export function gone(c: Context, { head }: { head: number }) {
  c.header('FlowTrack-Seq', String(head))
  return c.body(null, 204)
}
