import { Buffer } from 'node:buffer'
import { gunzipSync, gzipSync } from 'node:zlib'

/** Part of every key: a release that packs in another way must not read what this one kept. */
export const PACKING = 'gzip'

/** Shorter texts stay as they are. In characters. */
const SHORT = 2_048

/** How a packed text begins: base64 of gzip's first three bytes (RFC 1952). No JSON text does. */
const GZIP = 'H4sI'

/**
 * The longest text that is unpacked, in bytes: no cached text is longer, and damaged data must not use up the memory.
 */
const MAX_BYTES = 8 * 1024 * 1024

/**
 * A JSON text as Redis keeps it. A long one is compressed, to about a fifth: Upstash charges for traffic beyond a free
 * amount, and a hit has so much less to parse that unpacking costs less. Base64, as a reply of Redis is itself JSON.
 */
export const pack = (text: string): string =>
  text.length < SHORT ? text : gzipSync(text, { level: 1 }).toString('base64')

/** The text that was packed, or its UTF-8. Throws for damaged data, or when the text has more than MAX_BYTES. */
export const unpack = (value: string): string | Uint8Array<ArrayBuffer> =>
  value.startsWith(GZIP) ? gunzipSync(Buffer.from(value, 'base64'), { maxOutputLength: MAX_BYTES }) : value
