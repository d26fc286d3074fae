import { MIMEType } from 'whatwg-mimetype'

/** In characters: longer than any real media type. The parser takes quadratic time for blanks inside. */
const MAX_LENGTH = 255

/** Parses a media type (WHATWG MIME Sniffing, 4.4); null when it is malformed, too long or undefined. */
export const parseMediaType = (text: string | undefined) =>
  text === undefined || text.length > MAX_LENGTH ? null : MIMEType.parse(text)
