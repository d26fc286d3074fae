import { AppError } from '../lib/errors.ts'

/** Refuses an address whose escapes are no UTF-8: decoded, they would be other characters than were sent. */
export function requireUtf8(url: string): void {
  try {
    url.replace(/(?:%[\da-f]{2})+/gi, decodeURIComponent)
  } catch (error) {
    throw new AppError('uri_malformed', { cause: error })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** The text of a body; a mark in front of it (BOM) is no part of it. Throws body_malformed for what is not UTF-8. */
export function utf8Text(bytes: ArrayBuffer): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw new AppError('body_malformed', { detail: 'The body is not valid UTF-8: send JSON in UTF-8.', cause: error })
  }
}
