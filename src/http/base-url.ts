import type { Context } from 'hono'
import type { App } from '../context.ts'

/**
 * Hosts that a forged `Host` header cannot claim, as Cloudflare would not route it here: a developer's machine, and
 * workers.dev.
 */
const TRUSTED_HOST = /(^|\.)(localhost|workers\.dev)$|^127\.0\.0\.1$|^\[::1\]$/

/**
 * The part before the path of a URL that we give to others: `PUBLIC_URL`; without that setting, the
 * request's own origin on a developer's machine and on workers.dev. Empty for any other host, as the
 * client may have invented it in its header: the URL is then only a path.
 */
export function baseOf(c: Context<App>): string {
  const { PUBLIC_URL } = c.get('ctx').config
  if (PUBLIC_URL !== '') return PUBLIC_URL
  const { origin, hostname } = new URL(c.req.url)
  return TRUSTED_HOST.test(hostname) ? origin : ''
}
