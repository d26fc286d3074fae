import type { Context } from 'hono'
import { invalid } from '../errors.ts'
import type { Outcome } from '../outcome.ts'

export const etagOf = (seq: number) => `"${seq}"`

/** The versions a conditional header names (RFC 9110, 13.1). A tag that is not ours matches nothing. */
export const versionsOf = (header: string) =>
  header.split(',').map((entry) => Number(/^(?:W\/)?"(\d{1,15})"$/.exec(entry.trim())?.[1] ?? -1))

/** The one version that a write expects, from `If-Match`; `*` expects only that the row exists. */
export function ifMatch(c: Context): number | undefined {
  const header = c.req.header('If-Match')?.trim()
  if (header === undefined || header === '*') return undefined
  const versions = versionsOf(header)
  if (versions.length !== 1) throw invalid('If-Match', 'must name one version')
  return versions[0]
}

/** Whether the client has this version already, by its `If-None-Match`. */
export function isNotModified(c: Context, version: number): boolean {
  const known = c.req.header('If-None-Match')?.trim() ?? ''
  return known === '*' || versionsOf(known).includes(version)
}

/** Answers a read with its ETag, or 304 when the client has this version already. */
export function versioned<T extends { seq: number }>(c: Context, row: T) {
  c.header('ETag', etagOf(row.seq))
  if (isNotModified(c, row.seq)) return c.body(null, 304) as never // no part of the typed contract
  return c.json(row, 200)
}

/** Answers a write: the row, its ETag, the project's seq, and warnings if there are any. */
export function written<T extends { seq: number }, S extends 200 | 201>(c: Context, outcome: Outcome<T>, status: S) {
  const { row, head, warnings } = outcome
  c.header('ETag', etagOf(row.seq))
  c.header('FlowTrack-Seq', String(head))
  return c.json(warnings.length > 0 ? { ...row, warnings } : row, status)
}

/** Answers a write that belongs to no project: the row and its ETag. */
export function changed<T extends { seq: number }, S extends 200 | 201>(c: Context, row: T, status: S) {
  c.header('ETag', etagOf(row.seq))
  return c.json(row, status)
}

/** Answers a write that leaves no row to show. */
export function gone(c: Context, { head }: { head: number }) {
  c.header('FlowTrack-Seq', String(head))
  return c.body(null, 204)
}
