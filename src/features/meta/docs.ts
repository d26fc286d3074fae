import { type Context, Hono } from 'hono'
import type { App } from '../../context.ts'
import { baseOf } from '../../http/base-url.ts'
import { describe } from '../../http/describe.ts'
import { AppError } from '../../lib/errors.ts'

/** Everything is loaded from this origin, and requests go only there: a token typed here can reach nobody else. */
const OWN_ORIGIN = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
]
/** The viewer of the reference has images with data: URLs. */
const REFERENCE = [...OWN_ORIGIN, "img-src 'self' data:"].join('; ')
/** The board shows pictures that it has fetched (blob:), and only DOMPurify may make HTML of text. */
const BOARD = [
  ...OWN_ORIGIN,
  "img-src 'self' blob:",
  "require-trusted-types-for 'script'",
  'trusted-types dompurify',
].join('; ')

const policyOf = (path: string) => (path.startsWith('/docs') ? REFERENCE : BOARD)

/**
 * How long browsers keep a file: for a year if its name has a hash of its content, for a day if it is of Swagger UI,
 * which rarely changes. Any other is revalidated.
 */
function cachingOf(path: string): string {
  if (path.startsWith('/assets/')) return 'public, max-age=31536000, immutable'
  return path.startsWith('/docs/vendor/') ? 'public, max-age=86400' : 'no-cache'
}

/** A file of `public/`. Throws not_found when there is none. */
async function fetchFile(c: Context<App>, path: string, init: RequestInit = {}): Promise<Response> {
  const found = await c.env.ASSETS.fetch(new Request(new URL(path, c.req.url), init))
  if (found.status === 404) throw new AppError('not_found')
  return found
}

async function respondWithAsset(c: Context<App>, path: string): Promise<Response> {
  const { method, headers } = c.req.raw
  const found = await fetchFile(c, path, { method, headers })
  const response = new Response(found.body, found)
  response.headers.set('Content-Security-Policy', policyOf(path))
  response.headers.set('Cache-Control', cachingOf(path))
  return response
}

/** The web board and the API reference. Both are files, and use the API as any client does. */
export const docsRoutes = new Hono<App>()
  .get('/', describe({ id: 'home', access: 'public', versioned: 'file', any_query: true }), (c) =>
    respondWithAsset(c, '/index.html'),
  )
  .get('/docs', describe({ id: 'docs', access: 'public', versioned: 'file', any_query: true }), (c) =>
    respondWithAsset(c, '/docs/index.html'),
  )
  .get('/openapi.json', describe({ id: 'openapi', access: 'public' }), async (c) => {
    const document = await (await fetchFile(c, '/vendor/openapi.json')).json<object>() // made by .ci/vendor.ts
    const url = baseOf(c) // left out if the host is not certain: clients then use the document's own address
    return c.json({ ...document, ...(url && { servers: [{ url }] }) }, 200)
  })
  // Scripts and styles are not part of the API, so their routes have no description.
  .get('/docs/*', (c) => respondWithAsset(c, c.req.path))
  .get('/assets/*', (c) => respondWithAsset(c, c.req.path))
