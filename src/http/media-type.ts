import type { Context } from 'hono'
import MIMEType from 'whatwg-mimetype/lib/mime-type.js' // its index has a sniffer of 7 KB, too
import { AppError } from '../lib/errors.ts'

/** The media type of every PATCH, as `Accept-Patch` says it. */
export const PATCH_TYPE = 'application/json'

/** In characters: longer than any real media type. The parser takes quadratic time for blanks inside. */
const MAX_LENGTH = 255

/** Parses a media type (WHATWG MIME Sniffing, 4.4); null when it is malformed, too long or undefined. */
export const parseMediaType = (text: string | undefined) =>
  text === undefined || text.length > MAX_LENGTH ? null : MIMEType.parse(text)

/**
 * Throws unsupported_media_type for a body with a content coding. `Accept-Encoding` says what is accepted instead
 * (RFC 9110, 12.5.3).
 */
export function refuseCoding(c: Context): void {
  if (/^identity$/i.test(c.req.header('Content-Encoding') ?? 'identity')) return
  c.header('Accept-Encoding', 'identity')
  throw new AppError('unsupported_media_type', { detail: 'Send the body uncompressed, without Content-Encoding' })
}
