import { AppError } from '../lib/errors.ts'

/**
 * Throws uri_malformed for an address whose escapes are not UTF-8: decoded, they would be other characters than were
 * sent.
 */
export function requireUtf8(url: string): void {
  try {
    url.replace(/(?:%[\da-f]{2})+/gi, decodeURIComponent)
  } catch (error) {
    throw new AppError('uri_malformed', { cause: error })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** The text of a body, without a byte order mark. Throws body_malformed when it is not UTF-8. */
export function utf8Text(bytes: ArrayBuffer): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw new AppError('body_malformed', { detail: 'The body is not valid UTF-8: send JSON in UTF-8.', cause: error })
  }
}
