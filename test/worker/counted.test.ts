import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { call, newPerson, newProject, ORIGIN, type Person } from '../support/api.ts'
import { type Cast, newCast } from '../support/callers.ts'
import { laneOf } from '../support/lane.ts'
import { ROUTES } from '../support/routes.ts'
import { requestOf } from '../support/samples.ts'

/*
 * Every request is counted against something that its sender cannot multiply, and a refused one asks
 * neither database. Routes that ask no database at all need no count.
 */

let cast: Cast
let maker: Person
beforeAll(async () => {
  cast = await newCast()
  maker = await newPerson('Maker')
})

const routes = routesOf(app.routes).map((route) => ({ ...route, name: `${route.method} ${route.path}` }))

/** The limits that count the requests to each public route. Every new public route has to be added here. */
const PUBLIC: Record<string, string[]> = {
  'GET /': [],
  'GET /docs': [],
  'GET /healthz': [],
  'GET /openapi.json': [],
  'GET /.well-known/oauth-protected-resource/mcp': [],
  'GET /.well-known/oauth-protected-resource': [],
  'GET /readyz': ['stranger'],
  'POST /auth/register': ['address'],
  'POST /auth/login': ['address'],
  'POST /auth/refresh': ['address'],
  'POST /auth/recovery/confirm': ['address'],
  'GET /reports/pictures/:link/:project_id/:report': ['stranger', 'user'],
  'GET /projects/:id/calendar.ics': ['stranger', 'user'],
  'GET /users/me/calendar.ics': ['stranger', 'user'],
}

const callerFor = (access: string) => {
  const caller = cast.callers.find(({ name }) => name === (access === 'admin' ? 'an administrator' : 'manager'))
  if (!caller) throw new Error(`There is no caller for ${access}`)
  return caller
}

/** An IPv6 address in a network that no other request of this run comes from. */
const newNetwork = () => `2001:db8:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}::1`

/** A new Worker on its own lane, whose limits let one request of each kind pass. */
function newStrictWorker(settings: object = {}) {
  const lane = laneOf(crypto.randomUUID())
  const limits = { LIMIT_USER: '1/3600', LIMIT_ADDRESS: '1/3600', LIMIT_STRANGER: '1/3600', ...settings }
  // One object for all requests, as it is the key of what an isolate remembers.
  const here = { ...env, ...lane.vars, ...limits }
  async function send(request: Request) {
    const execution = createExecutionContext()
    const response = await app.fetch(request, here, execution)
    const { status, headers, webSocket } = response
    const text = webSocket ? '' : await response.text()
    webSocket?.accept()
    webSocket?.close(1000, 'done')
    await waitOnExecutionContext(execution)
    return { status, headers, text }
  }
  return { send, requests: lane.requests }
}

const policiesOf = ({ headers }: { headers: Headers }) =>
  [...(headers.get('RateLimit-Policy') ?? '').matchAll(/"(\w+)"/g)].map(([, name]) => name).sort()

it.each(routes)(
  '$name is counted, and sends no request to Postgres or Redis once it is refused',
  async ({ method, name, doc }) => {
    const entry = ROUTES[name]
    if (!entry || !doc) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
    const { access, sample } = entry
    const asked = await sample(cast, callerFor(access))
    const open = doc.access === 'public'
    const token = open ? undefined : (asked.token ?? callerFor(access).token)
    const expected = open ? PUBLIC[name] : ['user']
    expect(expected, `Say in PUBLIC what ${name} is counted against`).toBeDefined()
    const headers = { ...asked.headers, 'CF-Connecting-IP': newNetwork() }
    const [worker, request] = [newStrictWorker(), () => requestOf(method, { ...asked, headers }, token)]
    await worker.send(request())
    const before = await worker.requests()
    const second = await worker.send(request())
    if (expected?.length === 0) {
      expect([before, await worker.requests()]).toEqual(Array(2).fill({ neon: 0, redis: 0 }))
      return
    }
    expect([second.status, second.headers.get('Retry-After')]).toEqual([429, expect.stringMatching(/^\d+$/)])
    expect(expected).toContain(JSON.parse(second.text).policy)
    expect(await worker.requests()).toEqual(before)
  },
)

it('lists exactly the public routes that exist', () => {
  const open = routes.filter(({ doc }) => doc?.access === 'public').map(({ name }) => name)
  expect(Object.keys(PUBLIC).sort()).toEqual(open.sort())
})

const makeLinks = async (count: number) => {
  const board = await newProject(maker.token)
  const links: string[] = []
  for (let seed = 0; seed < count; seed += 1) {
    const body = { project_id: board.id, report: 'forecast', query: { seed } }
    links.push((await call('POST', '/reports/links', { token: maker.token, body })).body.url)
  }
  return links
}
const viewOf = (url: string | undefined, ip = newNetwork()) =>
  new Request(new URL(url ?? '', ORIGIN), { headers: { 'CF-Connecting-IP': ip } })

it('counts views of pictures against the maker of the links, however many links and viewers there are', async () => {
  const [links, worker] = [await makeLinks(4), newStrictWorker({ LIMIT_USER: '2/3600', LIMIT_STRANGER: '100/3600' })]
  const seen = []
  for (const url of links) seen.push(await worker.send(viewOf(url)))
  expect(seen.map(({ status }) => status)).toEqual([200, 200, 429, 429])
  expect(seen[0] && policiesOf(seen[0])).toEqual(['stranger', 'user'])
  const before = await worker.requests()
  const refused = await worker.send(viewOf(links[0]))
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'too_many_requests', policy: 'user' })
  expect(refused.headers.get('Cache-Control')).toBe('no-store')
  expect(await worker.requests()).toEqual(before)
})

it('counts views of pictures against the network of the viewer, with valid and altered links', async () => {
  const [links, ip] = [await makeLinks(2), newNetwork()]
  const worker = newStrictWorker({ LIMIT_USER: '100/3600', LIMIT_STRANGER: '2/3600' })
  const altered = links[0]?.replace('seed=0', 'seed=9')
  const statuses = []
  for (const url of [links[0], altered, links[1], altered]) statuses.push((await worker.send(viewOf(url, ip))).status)
  expect(statuses).toEqual([200, 403, 429, 429])
  expect((await worker.send(viewOf(links[1]))).status).toBe(200)
})

it('does not count views of pictures towards the maker’s own requests', async () => {
  const [[url], worker] = [await makeLinks(1), newStrictWorker({ LIMIT_USER: '100/3600', LIMIT_STRANGER: '9/3600' })]
  const left = async () => {
    const { headers } = await worker.send(requestOf('GET', { path: '/users/me' }, maker.token))
    return Number(/"user";r=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1])
  }
  const before = await left()
  for (let n = 0; n < 3; n += 1) expect((await worker.send(viewOf(url))).status).toBe(200)
  expect(await left()).toBe(before - 1)
})
