import { expect, inject, it } from 'vitest'

/** What clients outside the runtime see of `npm run dev`. */

const url = inject('devUrl')

it.each(['http://localhost:5173', 'http://127.0.0.1:3000'])(
  'lets pages of %s call the API without configuration',
  async (Origin) => {
    const { headers } = await fetch(`${url}/healthz`, { headers: { Origin } })
    expect(headers.get('Access-Control-Allow-Origin')).toBe(Origin)
  },
)

it('lets no page of another machine call the API', async () => {
  const { headers } = await fetch(`${url}/healthz`, { headers: { Origin: 'http://192.0.2.1:5173' } })
  expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
})

it('shows at / what it is, and where the API is described', async () => {
  const response = await fetch(url)
  expect(response.headers.get('Content-Type')).toMatch(/^text\/html/)
  const page = await response.text()
  expect(page).toContain('<title>FlowTrack')
  expect(page).toContain('<a href="/docs">')
})

it('returns 426 to a request of a socket endpoint without an upgrade', async () => {
  const response = await fetch(`${url}/ws/projects/${crypto.randomUUID()}`)
  expect([response.status, await response.json()]).toEqual([426, expect.objectContaining({ code: 'upgrade_required' })])
})
