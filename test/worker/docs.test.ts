import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { ORIGIN } from '../support/api.ts'

const get = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(`${ORIGIN}${path}`, { headers })

it('serves the API reference as a page that runs only scripts of its own origin', async () => {
  const page = await get('/docs')
  expect(page.status).toBe(200)
  expect(page.headers.get('Content-Type')).toMatch(/^text\/html/)
  const policy = page.headers.get('Content-Security-Policy')?.split('; ')
  expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]))
  expect(policy?.join()).not.toMatch(/unsafe|https?:/)
  const html = await page.text()
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)
  expect(links.length).toBeGreaterThan(4)
  expect(links.filter((url) => !url?.startsWith('/docs/') && url !== '/openapi.json')).toEqual([])
  expect(html).not.toMatch(/<script>|<style>| on\w+=| style=/) // the policy would refuse them
})

it('serves the files of the page, and returns 304 to clients that have them', async () => {
  const script = await get('/docs/init.js')
  expect(script.status).toBe(200)
  expect(script.headers.get('Content-Type')).toMatch(/javascript/)
  expect(script.headers.get('X-Content-Type-Options')).toBe('nosniff')
  expect(await script.text()).toContain("url: '/openapi.json'")
  const again = await get('/docs/init.js', { 'If-None-Match': script.headers.get('ETag') ?? '' })
  expect(again.status).toBe(304)
})

it.each(['/docs/nothing.js', '/docs/%2e%2e/init.js', '/docs/index', '/index.html'])(
  'returns 404 for the file %s, like the rest of the API',
  async (path) => {
    const answer = await get(path)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'not_found' })
  },
)

it('serves the board at / with a policy that allows only its own origin, and no HTML from untrusted text', async () => {
  const page = await get('/')
  const { status, headers } = page
  expect([status, headers.get('Content-Type')]).toEqual([200, expect.stringContaining('text/html')])
  expect(headers.get('Cache-Control')).toBe('no-cache')
  const policy = headers.get('Content-Security-Policy') ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types dompurify',
  ])
    expect(policy.split('; ')).toContain(rule)
  expect(policy).not.toMatch(/unsafe|https?:/)
  const html = await page.text()
  const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, to = '']) => to)
  const tags = (pattern: RegExp) => [...html.matchAll(pattern)].length
  expect([tags(/<script [^>]*src="\/assets\//g), tags(/<link rel="stylesheet" href="\/assets\//g)]).toEqual([1, 1])
  for (const to of links) expect((await get(to)).status, to).toBe(200)
  expect(html).not.toMatch(/<script>|<style>| on\w+=| style=/)
})

it('serves its pages with any query that was added to a link', async () => {
  for (const page of ['/?utm_source=mail&x=1', '/docs?ref=wiki']) expect((await get(page)).status, page).toBe(200)
  expect((await get('/openapi.json?ref=wiki')).status).toBe(422)
})

it('lets browsers cache files with a hash in their name, and returns JSON for an asset that does not exist', async () => {
  const script = /src="(\/assets\/[^"]+)"/.exec(await (await get('/')).text())?.[1] ?? ''
  expect((await get(script)).headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
  const gone = await get('/assets/main-ABCDEFGH.js')
  expect([gone.status, gone.headers.get('Content-Type')]).toEqual([404, expect.stringContaining('problem+json')])
  expect(gone.headers.get('Cache-Control')).toBe('private, no-cache')
})
