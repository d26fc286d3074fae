import { createHmac } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import type { App, IdempotencyKey } from '../context.ts'
import { invalidAt, type Replayed } from '../lib/errors.ts'
import { setLocation } from './respond.ts'

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), 1 to 255 visible ASCII characters, and returns a
 * function from the body, or a digest of it, to the key with its fingerprint; undefined without a key. The fingerprint
 * covers method, path, query and body, so that a key fits only its own request. It is an HMAC, because a body may hold
 * a password. Throws validation_failed.
 */
export function keyOf(c: Context<App>): ((body: string) => IdempotencyKey) | undefined {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw invalidAt('Idempotency-Key', 'must be 1 to 255 visible ASCII characters')
  const { pathname, search } = new URL(c.req.url)
  return (body) => {
    const request = [c.req.method, pathname, search, body].join('\n')
    const fingerprint = createHmac('sha256', c.get('ctx').config.JWT_SECRET).update(request).digest('base64url')
    return { key, fingerprint }
  }
}

/** Notes the key of a POST or PATCH whose body is read whole. Routes that read a stream call `keyOf` themselves. */
export const readIdempotencyKey: MiddlewareHandler<App> = async (c, next) => {
  const keyFor = ['POST', 'PATCH'].includes(c.req.method) ? keyOf(c) : undefined
  if (keyFor) c.get('ctx').idempotency = keyFor(await c.req.text())
  await next()
}

/** Answers with the kept answer of the first request with this key. */
export function replay(c: Context<App>, { status, head, body }: Replayed): Response {
  c.header('Idempotency-Replayed', 'true')
  if (head !== null) c.header('FlowTrack-Seq', String(head))
  if (typeof body.seq === 'number') c.header('ETag', `"${body.seq}"`)
  if (status === 201) setLocation(c, body)
  return c.json(body, status)
}
