import { type Context, Hono } from 'hono'
import type { App } from '../../context.ts'
import { baseOf } from '../../http/base.ts'
import { describe } from '../../http/describe.ts'
import { AppError } from '../../lib/errors.ts'

/** Everything comes from us, and calls go to us alone: a token typed here can reach nobody else. */
const OURS = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
]
/** The viewer of the reference draws with data: URLs. */
const REFERENCE = [...OURS, "img-src 'self' data:"].join('; ')
/** The board shows reports that it has fetched itself, and makes HTML of text by DOMPurify alone. */
const BOARD = [...OURS, "img-src 'self' blob:", "require-trusted-types-for 'script'", 'trusted-types dompurify'].join(
  '; ',
)

const policyOf = (path: string) => (path.startsWith('/docs') ? REFERENCE : BOARD)

/** Names of assets hold a hash of what is in them; the viewer changes with its version only; the rest is asked for each time (304). */
function cachingOf(path: string): string {
  if (path.startsWith('/assets/')) return 'public, max-age=31536000, immutable'
  return path.startsWith('/docs/vendor/') ? 'public, max-age=86400' : 'no-cache'
}

/** A file of `public/`. Throws not_found when there is none. */
async function fileOf(c: Context<App>, path: string, init: RequestInit = {}): Promise<Response> {
  const found = await c.env.ASSETS.fetch(new Request(new URL(path, c.req.url), init))
  if (found.status === 404) throw new AppError('not_found')
  return found
}

async function asset(c: Context<App>, path: string): Promise<Response> {
  const { method, headers } = c.req.raw
  const found = await fileOf(c, path, { method, headers })
  const response = new Response(found.body, found)
  response.headers.set('Content-Security-Policy', policyOf(path))
  response.headers.set('Cache-Control', cachingOf(path))
  return response
}

/** The web board, and the API reference: both are files, and ask the API like anybody else. */
export const docsRoutes = new Hono<App>()
  .get('/', describe({ id: 'home', access: 'public', versioned: 'file' }), (c) => asset(c, '/index.html'))
  .get('/docs', describe({ id: 'docs', access: 'public', versioned: 'file' }), (c) => asset(c, '/docs/index.html'))
  .get('/openapi.json', describe({ id: 'openapi', access: 'public' }), async (c) => {
    const document = await (await fileOf(c, '/vendor/openapi.json')).json<object>() // made by .ci/vendor.ts
    const url = baseOf(c) // a host that anybody may claim is left out: the document's own address then holds
    return c.json({ ...document, ...(url && { servers: [{ url }] }) }, 200)
  })
  // Scripts and styles are no part of the API, and so not routes with a description.
  .get('/docs/*', (c) => asset(c, c.req.path))
  .get('/assets/*', (c) => asset(c, c.req.path))
