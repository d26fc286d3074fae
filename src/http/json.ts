import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'
import { mediaType } from './media-type.ts'
import { utf8Text } from './utf8.ts'

/** JSON is UTF-8 (RFC 8259, 8.1): another charset would be read wrong. */
function isJson(header: string | undefined): boolean {
  const type = mediaType(header)
  const charset = type?.parameters.get('charset') ?? 'utf-8'
  return type?.essence === 'application/json' && charset.toLowerCase() === 'utf-8'
}

const HAS_BODY = ['POST', 'PUT', 'PATCH']

/** For who reads the body next: text that is decoded once, and strictly. Hono keeps promises, whatever its types say. */
function keepText({ req }: Context, text: string): void {
  req.bodyCache = { text: Promise.resolve(text) as never }
}

/**
 * A body must say that it is JSON: any other type would pass unseen by the validators. A body that
 * was left out has no type, whatever the header says: some clients always send one.
 */
export const requireJson: MiddlewareHandler<App> = async (c, next) => {
  if (!HAS_BODY.includes(c.req.method)) return next()
  const type = c.req.header('Content-Type')
  const bytes = await c.req.arrayBuffer()
  const empty = bytes.byteLength === 0
  if (!empty && !isJson(type)) throw new AppError('unsupported_media_type')
  if (!empty && c.req.header('Content-Encoding') !== undefined) {
    throw new AppError('unsupported_media_type', { detail: 'The body must not be compressed' })
  }
  if (!empty) keepText(c, utf8Text(bytes))
  if (empty && type !== undefined) {
    const headers = new Headers(c.req.raw.headers)
    headers.delete('Content-Type')
    c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers })
  }
  await next()
}
