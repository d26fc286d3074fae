import { type Context, Hono } from 'hono'
import * as z from 'zod'
import type { App } from '../../context.ts'
import { baseOf } from '../../http/base.ts'
import { describe } from '../../http/describe.ts'
import { AppError } from '../../lib/errors.ts'

/** Everything comes from us, and calls go to us alone: a token typed here can reach nobody else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The viewer changes with its version only; our own few lines are asked for each time (304). */
const cachingOf = (path: string) => (path.startsWith('/docs/vendor/') ? 'public, max-age=86400' : 'no-cache')

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
  response.headers.set('Content-Security-Policy', POLICY)
  response.headers.set('Cache-Control', cachingOf(path))
  return response
}

/** The API reference, to read and to try out: swagger-ui, served by ourselves. */
export const docsRoutes = new Hono<App>()
  .get(
    '/',
    describe({
      id: 'home',
      summary: 'A start page with links',
      access: 'public',
      ok: { status: 200, description: 'An HTML page', formats: ['text/html'] },
      versioned: 'file',
    }),
    (c) => asset(c, '/index.html'),
  )
  .get(
    '/docs',
    describe({
      id: 'docs',
      summary: 'This document as a page, to read and to try out',
      access: 'public',
      ok: { status: 200, description: 'An HTML page', formats: ['text/html'] },
      versioned: 'file',
    }),
    (c) => asset(c, '/docs/index.html'),
  )
  .get(
    '/openapi.json',
    describe({
      id: 'openapi',
      summary: 'This document',
      access: 'public',
      ok: { status: 200, schema: z.looseObject({}) },
    }),
    async (c) => {
      const document = await (await fileOf(c, '/vendor/openapi.json')).json<object>() // made by .ci/vendor.ts
      const url = baseOf(c) // a host that anybody may claim is left out: the document's own address then holds
      return c.json({ ...document, ...(url && { servers: [{ url }] }) }, 200)
    },
  )
  // Its scripts and styles are no part of the API, and so not routes with a description.
  .get('/docs/*', (c) => asset(c, c.req.path))
