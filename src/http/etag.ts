import type { Context } from 'hono'
import type { Expected } from '../transaction/expect-version.ts'

export const etagOf = (seq: number) => `"${seq}"`

/** One entity-tag of a list, with the commas before it (RFC 9110, 8.8.3 and 5.6.1). */
const TAG = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?=,|$)/y

/** The version of a tag that we did not write: no row has it. Ours is a seq without leading zeros. */
const UNKNOWN = -1
const versionOf = (text: string) => (/^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : UNKNOWN)

/**
 * The versions that a conditional header names (RFC 9110, 13.1), up to the first tag that is malformed.
 * `strong`: a weak tag matches no version (8.8.3.2), as it does not promise the same bytes.
 */
export function versionsOf(header: string, comparison: 'strong' | 'weak'): number[] {
  const versions: number[] = []
  for (let at = 0; at < header.length; at = TAG.lastIndex) {
    TAG.lastIndex = at
    const [, weak, text] = TAG.exec(header) ?? []
    if (text === undefined) break
    versions.push(weak && comparison === 'strong' ? UNKNOWN : versionOf(text))
  }
  return versions
}

/**
 * What a write expects of the row's version, from `If-Match` and `If-None-Match` (RFC 9110, 13.1); undefined without
 * them. `*` is any version: in If-Match it requires no more than every write, in If-None-Match no row passes.
 */
export function preconditionOf(c: Context): Expected | undefined {
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
