import { createHmac } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import type { App, IdempotencyKey } from '../context.ts'
import { invalid, type Replayed } from '../lib/errors.ts'
import { setLocation } from './respond.ts'

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): 1 to 255 visible characters.
 * Its print covers method, path, query and body (or a digest of it), so that a key cannot be used for
 * something else; it is keyed, as a body may hold a password. Undefined when there is no key.
 */
export function keyOf(c: Context<App>): ((body: string) => IdempotencyKey) | undefined {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw invalid('Idempotency-Key', 'must be 1 to 255 visible characters')
  const { pathname, search } = new URL(c.req.url)
  return (body) => {
    const request = [c.req.method, pathname, search, body].join('\n')
    const fingerprint = createHmac('sha256', c.get('ctx').config.JWT_SECRET).update(request).digest('base64url')
    return { key, fingerprint }
  }
}

/** For bodies that are read whole. */
export const idempotencyKey: MiddlewareHandler<App> = async (c, next) => {
  const keyFor = ['POST', 'PATCH'].includes(c.req.method) ? keyOf(c) : undefined
  if (keyFor) c.get('ctx').idempotency = keyFor(await c.req.text())
  await next()
}

/** The kept answer of the first request with this key. */
export function replay(c: Context<App>, { status, head, body }: Replayed): Response {
  c.header('Idempotency-Replayed', 'true')
  if (head !== null) c.header('FlowTrack-Seq', String(head))
  if (typeof body.seq === 'number') c.header('ETag', `"${body.seq}"`)
  if (status === 201) setLocation(c, body)
  return c.json(body, status)
}
