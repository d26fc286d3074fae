import { createExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { SaxesParser } from 'saxes'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { wrongSettings } from '../../src/config/config.ts'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  ORIGIN,
  type Person,
  problem,
} from '../support/api.ts'
import { avoidMidnight } from '../support/midnight.ts'
import { newWorker } from '../support/worker.ts'

/** Links by which anybody who has them can see a report as a picture, until they expire or are withdrawn. */

type Link = { id: string; url: string; project_id: string; query: Record<string, string>; expires_at: string }
let me: Person
let board: { id: string; name: string }
beforeAll(async () => {
  me = await newPerson('Ada')
  board = await newProject(me.token, { name: 'Apollo secret' })
  await newTask(me.token, board.id, { title: 'Fly' })
})

const makeLink = async (fields: object = {}, token = me.token): Promise<Link> => {
  const { status, body } = await call('POST', '/reports/links', {
    token,
    body: { project_id: board.id, report: 'cumulative-flow', ...fields },
  })
  expect({ status, body }).toMatchObject({ status: 201 })
  return body
}
const fetchPicture = async (url: string, init: RequestInit = {}) => {
  const response = await exports.default.fetch(new URL(url, ORIGIN), init)
  return { status: response.status, headers: response.headers, svg: await response.text() }
}

/** Expects a picture with the reason for a refusal, and nothing of the report. */
function expectRefusal({ status, headers, svg }: Awaited<ReturnType<typeof fetchPicture>>, words: string) {
  new SaxesParser().write(svg).close()
  expect([status, headers.get('Content-Type')]).toEqual([403, 'image/svg+xml; charset=utf-8'])
  expect(svg).toContain(`>${words}</title>`)
  expect(svg).not.toContain(board.name)
  expect(svg).not.toContain(board.id)
}
const INVALID = 'This link is not valid'
const EXPIRED = 'This link has expired'
const WITHDRAWN = 'This link was withdrawn, or its maker has lost access'

describe('a link', () => {
  it('shows its picture without a token on any page, and can be cached for a minute', async () => {
    const { url } = await makeLink()
    expect(url).toMatch(/^\/reports\/pictures\/.+\/cumulative-flow\.svg\?/)
    const { status, headers, svg } = await fetchPicture(url)
    expect([status, headers.get('Content-Type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
    expect(svg).toContain('Cumulative flow · Apollo secret')
    expect(headers.get('Cache-Control')).toBe('public, max-age=60')
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'none'; style-src 'unsafe-inline'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Vary')).toBe('Origin') // CORS
    expect(headers.get('Server-Timing')).toMatch(/^db;dur=\d+;desc="1", cache;dur=\d+;desc="1"$/)
  })

  it('answers HEAD, and returns 304 to a client that has the picture', async () => {
    const { url } = await makeLink()
    const head = await fetchPicture(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('Content-Type'), head.svg]).toEqual([200, 'image/svg+xml; charset=utf-8', ''])
    const etag = head.headers.get('ETag') ?? ''
    expect(etag).toMatch(/^"\w+"$/)
    const again = await fetchPicture(url, { headers: { 'If-None-Match': etag } })
    expect([again.status, again.svg, again.headers.get('Cache-Control')]).toEqual([304, '', 'public, max-age=60'])
    await newTask(me.token, board.id)
    expect((await fetchPicture(url, { headers: { 'If-None-Match': etag } })).status).toBe(200)
  })

  it('shows the same picture as the report itself, for each report and its parameters', async () => {
    const query = { from: '2026-01-05', to: '2026-02-01', tz: 'Asia/Kolkata', priority: 'none' }
    const plain = ['summary', 'burndown', 'burnup', 'cumulative-flow', 'cycle-time', 'lead-time', 'throughput']
    const asked = [
      ...[...plain, 'time-in-column', 'aging', 'workload'].map((report) => [report, { ...query, interval: 'week' }]),
      ['forecast', { ...query, items: 3, seed: 7 }],
      ['activity', { from: query.from, to: query.to, tz: query.tz, user_id: me.id }],
    ] as const
    for (const [report, query] of asked) {
      const { url } = await makeLink({ report, query })
      const { status, svg } = await fetchPicture(url)
      expect([report, status]).toEqual([report, 200])
      const search = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]))
      const path =
        report === 'activity' ? `activity.svg?project_id=${board.id}&` : `projects/${board.id}/${report}.svg?`
      const own = await fetchPicture(`/reports/${path}${search}`, { headers: { Authorization: `Bearer ${me.token}` } })
      expect(svg).toBe(own.svg)
    }
  })

  it('can show a forecast for today, but not for an earlier day, in its time zone', async () => {
    const tz = 'Pacific/Kiritimati'
    await avoidMidnight(tz)
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: tz }).format(new Date())
    const yesterday = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10)
    const { url } = await makeLink({ report: 'forecast', query: { by: today, tz } })
    expect((await fetchPicture(url)).status).toBe(200)
    const body = { project_id: board.id, report: 'forecast', query: { by: yesterday, tz } }
    expect(await call('POST', '/reports/links', { token: me.token, body })).toMatchObject({
      ...problem(422, 'validation_failed'),
      body: { errors: [{ path: 'query.by', message: 'must not be in the past' }] },
    })
  })

  it('without dates and a time zone shows a report until today in the time zone of its maker', async () => {
    await avoidMidnight('Pacific/Kiritimati')
    const other = await newPerson()
    await call('PATCH', '/users/me', { token: other.token, body: { timezone: 'Pacific/Kiritimati' } })
    const { id } = await newProject(other.token)
    const { url, query } = await makeLink({ project_id: id, report: 'activity' }, other.token)
    expect(query).toEqual({})
    expect(url).toMatch(/activity\.svg$/) // some wikis show a picture only if its address ends in .svg
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Kiritimati' }).format(new Date())
    expect((await fetchPicture(url)).svg).toContain(`to ${today} · Pacific/Kiritimati`)
  })

  it('is not written to the log, except for the last part of its path', async () => {
    const { pathname, search } = new URL((await makeLink()).url, ORIGIN)
    const written: string[] = []
    const spies = (['info', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((text: string) => void written.push(text)),
    )
    await newWorker({ NEON_FETCH_ENDPOINT: 'http://127.0.0.1:9/sql' }).call('GET', `${pathname}${search}`)
    for (const spy of spies) spy.mockRestore()
    const [, , , link = ''] = pathname.split('/')
    expect(written.join()).toContain('"path":"/reports/pictures/…/')
    expect(written.join()).not.toContain(link.split('.').at(-1))
  })

  it('is invalid after any change of its signature, id, project, report or query', async () => {
    const [{ url }, other] = [await makeLink(), await makeLink({ report: 'burndown' })]
    const { pathname, search } = new URL(url, ORIGIN)
    const [, , , link = '', project_id = '', report = ''] = pathname.split('/')
    const [id = '', maker = '', signature = ''] = link.split('.')
    expect(maker).toBe(me.id)
    const path = (...parts: string[]) => `/reports/pictures/${parts.join('/')}`
    expect((await fetchPicture(`${path(link, project_id, report)}${search}`)).status).toBe(200)
    const flipped = [...signature].map((letter, n) =>
      path(
        `${id}.${maker}.${signature.slice(0, n)}${letter === 'A' ? 'B' : 'A'}${signature.slice(n + 1)}`,
        project_id,
        report,
      ),
    )
    // Its low bits have no meaning: base64 decodes its neighbour to the same bytes.
    const last = signature.at(-1) as string
    const neighbour = String.fromCharCode(last.charCodeAt(0) + 1)
    const altered = [
      ...flipped.map((changed) => `${changed}${search}`),
      `${path(`${id}.${maker}.${signature.slice(0, -1)}${neighbour}`, project_id, report)}${search}`,
      `${path(`${other.id}.${maker}.${signature}`, project_id, report)}${search}`,
      `${path(`${crypto.randomUUID()}.${maker}.${signature}`, project_id, report)}${search}`,
      `${path(`${id}.${crypto.randomUUID()}.${signature}`, project_id, report)}${search}`,
      `${path(`${id}.${signature}`, project_id, report)}${search}`,
      `${path(link, crypto.randomUUID(), report)}${search}`,
      `${path(link, project_id, 'burndown.svg')}${search}`,
      `${path(link, project_id, 'nothing.svg')}${search}`,
      path(link, project_id, report),
      `${path(link, project_id, report)}?interval=week`,
      `${path(link, project_id, report)}${search}&tz=UTC`,
      `${path(`${link}.x`, project_id, report)}${search}`,
      `${path(id, project_id, report)}${search}`,
      `${path(`${id}.`, project_id, report)}${search}`,
      `${path("x'.--", "y'", '%00')}${search}`,
    ]
    for (const url of altered) {
      const answer = await fetchPicture(url)
      expectRefusal(answer, INVALID)
      expect(answer.headers.get('Server-Timing')).toContain('db;dur=0;desc="0"')
    }
  })

  it('gives no access to routes that require a token', async () => {
    const { id, url } = await makeLink()
    const link = new URL(url, ORIGIN).pathname.split('/')[3]
    for (const token of [link, id]) {
      expect(await call('GET', `/reports/projects/${board.id}/burndown`, { token })).toMatchObject({ status: 401 })
      expect(await call('GET', `/reports/projects/${board.id}/burndown?link=${link}`)).toMatchObject({ status: 401 })
    }
  })

  it('ends when it has expired', async () => {
    const { id, url, expires_at } = await makeLink({ expires_in: 60 })
    expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(60_000)
    expect((await fetchPicture(url)).status).toBe(200)
    await database()`update report_links set expires_at = now() where id = ${id}`
    expectRefusal(await fetchPicture(url), EXPIRED)
    expect(
      (await call('GET', '/reports/links', { token: me.token })).body.items.map((link: Link) => link.id),
    ).not.toContain(id)
  })

  it('ends when its maker withdraws it', async () => {
    const { id, url } = await makeLink()
    const [stranger, revoke] = [await newPerson(), (token: string) => call('DELETE', `/reports/links/${id}`, { token })]
    expect(await revoke(stranger.token)).toMatchObject(problem(404, 'not_found'))
    expect((await fetchPicture(url)).status).toBe(200)
    expect((await revoke(me.token)).status).toBe(204)
    expectRefusal(await fetchPicture(url), WITHDRAWN)
    expect(await revoke(me.token)).toMatchObject(problem(404, 'not_found'))
  })

  it.each([
    ['it was withdrawn', ({ id }: Link) => `/reports/links/${id}`],
    ['its project was deleted', (_: Link, project: string) => `/projects/${project}`],
  ])('does not count for its maker once %s', async (_, what) => {
    const maker = await newPerson()
    const [here, there] = [await newProject(maker.token), await newProject(maker.token)]
    const kept = await makeLink({ project_id: here.id }, maker.token)
    const ended = await makeLink({ project_id: there.id }, maker.token)
    const vars = { LIMIT_USER: '2/3600' }
    const look = async ({ url }: Link, ip: string) => {
      const request = new Request(new URL(url, ORIGIN), { headers: { 'CF-Connecting-IP': ip } })
      return (await app.fetch(request, { ...env, ...vars }, createExecutionContext())).status
    }
    await call('DELETE', what(ended, there.id), { token: maker.token })
    const refused = []
    for (let n = 1; n <= 4; n++) refused.push(await look(ended, `192.0.2.${n}`))
    expect(refused).toEqual([403, 403, 403, 403])
    expect(await look(kept, '192.0.2.9')).toBe(200)
  })

  it('ends when its maker leaves, is disabled or is deleted, but not when the role of the maker changes', async () => {
    const boss = await newAdmin()
    const member = await newMember(me, board.id, 'manager')
    const { url } = await makeLink({}, member.token)
    const membership = `/projects/${board.id}/members/${member.id}`
    await call('PATCH', membership, { token: me.token, body: { role: 'viewer' } })
    expect((await fetchPicture(url)).status).toBe(200)
    const disable = (is_active: boolean) =>
      call('PATCH', `/users/${member.id}`, { token: boss.token, body: { is_active } })
    await disable(false)
    expectRefusal(await fetchPicture(url), WITHDRAWN)
    await disable(true)
    expectRefusal(await fetchPicture(url), WITHDRAWN)
    const leaving = await newMember(me, board.id, 'viewer')
    const left = await makeLink({}, leaving.token)
    await call('DELETE', `/projects/${board.id}/members/${leaving.id}`, { token: me.token })
    expectRefusal(await fetchPicture(left.url), WITHDRAWN)
    const comeBack = { token: me.token, body: { user_id: leaving.id, role: 'viewer' } }
    await call('POST', `/projects/${board.id}/members`, comeBack)
    expect((await fetchPicture(left.url)).status).toBe(200)
    await call('DELETE', `/projects/${board.id}/members/${leaving.id}`, { token: me.token })
    expect((await call('DELETE', `/reports/links/${left.id}`, { token: me.token })).status).toBe(204) // meanwhile, too
    await call('POST', `/projects/${board.id}/members`, comeBack)
    expectRefusal(await fetchPicture(left.url), WITHDRAWN)
    const gone = await makeLink({}, leaving.token)
    await call('DELETE', `/users/${leaving.id}`, { token: boss.token })
    expectRefusal(await fetchPicture(gone.url), WITHDRAWN)
  })

  it('ends with its project', async () => {
    const { id } = await newProject(me.token)
    const { url } = await makeLink({ project_id: id })
    await call('DELETE', `/projects/${id}`, { token: me.token })
    expectRefusal(await fetchPicture(url), EXPIRED)
  })

  it('says that its report can no longer be drawn', async () => {
    const { token } = me
    const { id } = await newProject(token)
    const { url } = await makeLink({ project_id: id, query: { column: 'review' } })
    await call('DELETE', `/projects/${id}/columns/review`, { token })
    const { status, headers, svg } = await fetchPicture(url)
    expect([status, headers.get('Content-Type')]).toEqual([422, 'image/svg+xml; charset=utf-8'])
    expect(svg).toContain('This report can no longer be drawn')
  })

  it('is valid with the previous secret, but not after that', async () => {
    const { url } = await makeLink()
    const under = async (vars: object) =>
      (await app.fetch(new Request(new URL(url, ORIGIN)), { ...env, ...vars }, createExecutionContext())).status
    const JWT_SECRET = 'x'.repeat(40)
    expect(await under({ JWT_SECRET, JWT_SECRET_PREVIOUS: env.JWT_SECRET })).toBe(200)
    expect(await under({ JWT_SECRET })).toBe(403)
  })
})

describe('the address of a link', () => {
  const body = { report: 'burndown' }
  /** The URL of a new link when the API is called at `origin`: as it is made, and as it is listed. */
  async function addressesAt(origin: string, vars: object = {}): Promise<string[]> {
    const ask = async (init: RequestInit) => {
      const headers = { Authorization: `Bearer ${me.token}`, 'Content-Type': 'application/json' }
      const request = new Request(`${origin}/reports/links`, { headers, ...init })
      const response = await app.fetch(request, { ...env, ...vars }, createExecutionContext())
      return response.json<any>()
    }
    const made = await ask({ method: 'POST', body: JSON.stringify({ ...body, project_id: board.id }) })
    return [made.url, (await ask({})).items[0].url]
  }
  const begins = (start: string) => expect.stringMatching(new RegExp(`^${start}/reports/pictures/`))

  it.each([
    'https://evil.example',
    'http://evil.example:8787',
    'https://evilworkers.dev',
    'https://localhost.evil.example',
  ])('contains no host that a request claims: %s', async (origin) =>
    expect(await addressesAt(origin)).toEqual([begins(''), begins('')]),
  )

  it.each(['http://127.0.0.1:8787', 'http://localhost:8787', 'https://flowtrack.somebody.workers.dev'])(
    'begins with the origin of the request where nobody can forge it: %s',
    async (origin) => expect(await addressesAt(origin)).toEqual([begins(origin), begins(origin)]),
  )

  it('begins with PUBLIC_URL if that is set', async () => {
    const vars = { PUBLIC_URL: 'https://api.example.com/flow/' }
    for (const origin of ['https://evil.example', 'http://localhost:8787']) {
      const start = begins('https://api.example.com/flow')
      expect(await addressesAt(origin, vars)).toEqual([start, start])
    }
    for (const PUBLIC_URL of [
      'https:x',
      'ftp://example.com',
      'https://a:b@example.com',
      'example.com',
      'https://x.com/?a=1',
    ]) {
      expect(wrongSettings({ ...env, PUBLIC_URL })[0]?.name).toBe('PUBLIC_URL')
    }
  })
})

describe('links', () => {
  const list = async (token: string, query = '') =>
    (await call('GET', `/reports/links${query}`, { token })).body.items as (Link & { user_id: string })[]

  it('are listed with their address for their maker, and without it for a manager', async () => {
    const { id } = await newProject(me.token)
    const [viewer, editor] = [await newMember(me, id, 'viewer'), await newMember(me, id, 'editor')]
    const theirs = await makeLink({ project_id: id }, viewer.token)
    const mine = await makeLink({ project_id: id })
    expect(await list(viewer.token)).toEqual([theirs])
    expect(await list(viewer.token, `?project_id=${id}`)).toEqual([theirs])
    expect(await list(editor.token, `?project_id=${id}`)).toEqual([])
    expect(await list(me.token, `?project_id=${id}`)).toEqual([mine, { ...theirs, url: null }])
    expect((await list(me.token)).some(({ id }) => id === theirs.id)).toBe(false)
    expect((await call('DELETE', `/reports/links/${theirs.id}`, { token: editor.token })).status).toBe(404)
    expect((await call('DELETE', `/reports/links/${theirs.id}`, { token: me.token })).status).toBe(204)
    expect(await list(viewer.token)).toEqual([])
    expectRefusal(await fetchPicture(theirs.url), WITHDRAWN)
  })

  it('of a project are shown to nobody else', async () => {
    const { token } = await newPerson()
    expect(await call('GET', `/reports/links?project_id=${board.id}`, { token })).toMatchObject(
      problem(404, 'not_found'),
    )
    const body = { project_id: board.id, report: 'burndown' }
    expect(await call('POST', '/reports/links', { token, body })).toMatchObject(problem(404, 'not_found'))
  })

  it.each([
    [{ report: 'nothing' }, 'report'],
    [{ report: 'overview' }, 'report'],
    [{ expires_in: 59 }, 'expires_in'],
    [{ expires_in: 86_400 * 367 }, 'expires_in'],
    [{ query: { tz: 'Mars/Olympus' } }, 'query.tz'],
    [{ query: { from: '2024-05-02', to: '2024-05-01' } }, 'query.to'],
    [{ query: { from: '2020-01-01', to: '2024-05-01' } }, 'query.from'],
    [{ query: { column: 'nowhere' } }, 'query.column'],
    [{ query: { seed: 1 } }, 'query.seed'],
    [{ report: 'activity', query: { project_id: crypto.randomUUID() } }, 'query.project_id'],
    [{ report: 'forecast', query: { items: -1 } }, 'query.items'],
    [{ report: 'forecast', query: { items: '' } }, 'query.items'],
    [{ report: 'forecast', query: { items: null } }, 'query.items'],
    [{ report: 'forecast', query: { items: 1, by: '2099-01-01' } }, 'query.by'],
    [{ report: 'forecast', query: { by: '2001-01-01' } }, 'query.by'],
    [{ report: 'forecast', query: { by: '2001-01-01T00:00:00Z' } }, 'query.by'],
    [{ report: 'forecast', query: { by: '2999-01-01', tz: 'UTC' } }, 'query.by'],
    [{ report: 'forecast', query: { by: '2999-01-01', column: 'nowhere' } }, 'query.column'],
  ])('are refused for a query that no report accepts: %j', async (fields, path) => {
    const body = { project_id: board.id, report: 'burndown', ...fields }
    const answer = await call('POST', '/reports/links', { token: me.token, body })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } })
  })
})
