import { MIMEType } from 'whatwg-mimetype'

/** No media type that is meant is longer. The parser takes quadratic time over blanks inside. */
const MAX_LENGTH = 255

/** A media type taken apart (WHATWG MIME Sniffing, 4.4); null for what is none. */
export const mediaType = (text: string | undefined) =>
  text === undefined || text.length > MAX_LENGTH ? null : MIMEType.parse(text)
