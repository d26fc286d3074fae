import type { Context } from 'hono'
import type { Expected } from '../transaction/expect-version.ts'
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
