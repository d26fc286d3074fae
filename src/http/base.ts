import type { Context } from 'hono'
import type { App } from '../context.ts'

/** Names that nobody can make a request to this Worker have by choice of its `Host`: our own, or Cloudflare's. */
const OURS = /(^|\.)(localhost|workers\.dev)$|^127\.0\.0\.1$|^\[::1\]$/

/**
 * What comes before the path in an address that others will follow: `PUBLIC_URL`; without it the
 * request's own origin on a developer's machine and on workers.dev. Any other host is whatever the
 * client's header said: then it is left out, and the address is a path.
 */
export function baseOf(c: Context<App>): string {
  const { PUBLIC_URL } = c.get('ctx').config
  if (PUBLIC_URL !== '') return PUBLIC_URL
  const { origin, hostname } = new URL(c.req.url)
  return OURS.test(hostname) ? origin : ''
}
