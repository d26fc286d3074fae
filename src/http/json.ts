import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'
import { PATCH_TYPE, parseMediaType, refuseCoding } from './media-type.ts'
import { utf8Text } from './utf8.ts'

/** JSON is UTF-8 (RFC 8259, 8.1): another charset would be read wrong. */
function isJson(header: string | undefined): boolean {
  const type = parseMediaType(header)
  const charset = type?.parameters.get('charset') ?? 'utf-8'
  return type?.essence === 'application/json' && charset.toLowerCase() === 'utf-8'
}

const HAS_BODY = ['POST', 'PUT', 'PATCH']

/**
 * Keeps the body's text, decoded strictly, for the handlers after this one. Hono stores promises here, though its types
 * deny it.
 */
function keepText({ req }: Context, text: string): void {
  req.bodyCache = { text: Promise.resolve(text) as never }
}

/**
 * Requires a body to be declared as JSON, because the validators do not look at any other type. Removes the
 * Content-Type of a request without a body: some clients always send one. Throws unsupported_media_type, or
 * body_malformed when the text is not UTF-8.
 */
export const requireJson: MiddlewareHandler<App> = async (c, next) => {
  if (!HAS_BODY.includes(c.req.method)) return next()
  const type = c.req.header('Content-Type')
  const bytes = await c.req.arrayBuffer()
  const empty = bytes.byteLength === 0
  if (!empty && !isJson(type)) {
    if (c.req.method === 'PATCH') c.header('Accept-Patch', PATCH_TYPE) // RFC 5789, 2.2
    throw new AppError('unsupported_media_type')
  }
  if (!empty) refuseCoding(c)
  if (!empty) keepText(c, utf8Text(bytes))
  if (empty && type !== undefined) {
    const headers = new Headers(c.req.raw.headers)
    headers.delete('Content-Type')
    c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers })
  }
  await next()
}
