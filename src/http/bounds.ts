import type { MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'
import { requireUtf8 } from './utf8.ts'

/**
 * The most characters of an address, header fields, and characters of all header fields. No client of ours needs a
 * third of them.
 */
const MAX_URL = 8 * 1024
const MAX_FIELDS = 100
const MAX_HEADERS = 32 * 1024

/**
 * Refuses a request with a long address or large headers before anything parses them. Throws uri_too_long,
 * uri_malformed or headers_too_large. Cloudflare's own limits are wider: 16 KB for an address, 128 KB for headers.
 */
export const requireBounds: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.raw.url.length > MAX_URL) throw new AppError('uri_too_long')
  requireUtf8(c.req.raw.url)
  let [fields, size] = [0, 0]
  for (const [name, value] of c.req.raw.headers) {
    fields += 1
    size += name.length + value.length
  }
  if (fields > MAX_FIELDS || size > MAX_HEADERS) throw new AppError('headers_too_large')
  await next()
}
