import type { MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { AppError } from '../lib/errors.ts'
import { requireUtf8 } from './utf8.ts'

/** Characters of an address, header fields of a request, and their characters in all: no client of ours needs a third. */
const MAX_URL = 8 * 1024
const MAX_FIELDS = 100
const MAX_HEADERS = 32 * 1024

/** Refuses what is only made to be large, before anything looks into it. Cloudflare's own limits are wider: 16 KB, and 128 KB. */
export const bounds: MiddlewareHandler<App> = async (c, next) => {
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
