import { exports } from 'cloudflare:workers'
import { Buffer } from 'node:buffer'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { ORIGIN } from '../support/api.ts'
import { type Caller, type Cast, newCast } from '../support/callers.ts'
import { newSample, ROUTES } from '../support/routes.ts'
import { asksRedisAfterAnswer, requestOf, type Sample } from '../support/samples.ts'

/** Rules that hold for every route of a kind, new routes included. */

let cast: Cast
let boss: Caller
beforeAll(async () => {
  cast = await newCast()
  boss = cast.callers.find(({ name }) => name === 'an administrator') as Caller
})

const routes = routesOf(app.routes).map((route) => ({ ...route, name: `${route.method} ${route.path}` }))
const routesTaking = (target: string) => routes.filter(({ inputs }) => inputs.some((input) => input.target === target))

const sampleOf = (name: string) => newSample(name, cast, boss)

/** Samples for requests that a route refuses: these change nothing, so all of them can use the same one. */
const refusedSamples = new Map<string, Promise<Sample>>()
function sampleToRefuse(name: string): Promise<Sample> {
  const sample = refusedSamples.get(name) ?? sampleOf(name)
  refusedSamples.set(name, sample)
  return sample
}

/** Sends a sample with a changed body or headers, as an administrator if it has no token. */
async function attempt(
  method: string,
  sample: Sample,
  change: { body?: string; headers?: Record<string, string> } = {},
) {
  const request = requestOf(method, sample, sample.token ?? boss.token)
  for (const [name, value] of Object.entries(change.headers ?? {})) request.headers.set(name, value)
  const response = await exports.default.fetch(
    change.body === undefined ? request : new Request(request, { body: change.body }),
  )
  const text = await response.text()
  if (response.status >= 400) {
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(JSON.parse(text)).toMatchObject({ status: response.status, instance: response.headers.get('X-Request-Id') })
  }
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined }
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

describe.each(routesTaking('json'))('the body of $name', ({ name, method }) => {
  it('is refused with an unknown field', async () => {
    const sample = await sampleToRefuse(name)
    const answer = await attempt(method, { ...sample, body: { ...(sample.body as object), surprise: 1 } })
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ path: 'surprise', message: 'is not a known field' }] },
    })
  })

  it.each(['{"title": ', '{bad}', 'null}'])('is refused when it is not JSON: %s', async (body) => {
    const answer = await attempt(method, await sampleToRefuse(name), { body, headers: JSON_TYPE })
    expect(answer).toMatchObject({ status: 400, body: { code: 'body_malformed' } })
  })

  it.each(['[]', 'null', '"text"', '1'])('is refused when it is not an object: %s', async (body) => {
    const answer = await attempt(method, await sampleToRefuse(name), { body, headers: JSON_TYPE })
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } })
  })

  it('is refused with a Content-Type other than JSON', async () => {
    const sample = await sampleToRefuse(name)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const answer = await attempt(method, sample, { body: '{}', headers: { 'Content-Type': type } })
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    }
  })
})

// Public routes answer a malformed link with a picture: see report-links.test.ts.
it.each(routesTaking('param').filter(({ doc }) => doc?.access !== 'public'))(
  'refuses a malformed id: $name',
  async ({ name, method, path }) => {
    const sample = await sampleToRefuse(name)
    for (const bad of ['42', 'x', '01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f7g', '%00', "'--"]) {
      const answer = await attempt(method, { ...sample, path: path.replace(/:\w*id\b/g, bad).replace(':key', 'todo') })
      expect(answer).toMatchObject({
        status: 422,
        body: {
          code: 'validation_failed',
          errors: expect.arrayContaining([expect.objectContaining({ path: expect.stringContaining('id') })]),
        },
      })
    }
  },
)

const lists = routes.filter(({ inputs }) =>
  inputs.some(({ target, schema }) => target === 'query' && 'cursor' in (schema as any).shape),
)

describe.each(lists)('the pages of $name', ({ name, method }) => {
  const ask = async (query: string) => {
    const { path } = await sampleToRefuse(name)
    return attempt(method, { path: `${path}${path.includes('?') ? '&' : '?'}${query}` })
  }

  it.each(['0', '101', '-1', '1.5', 'x', ''])('have a limit from 1 to 100, not %s', async (limit) => {
    expect(await ask(`limit=${limit}`)).toMatchObject({ status: 422, body: { errors: [{ path: 'limit' }] } })
  })

  const tampered = [[], ['x'], ['x', 'y'], ['x', crypto.randomUUID()], [null, null], { 0: 'x' }, 'text']
  it.each(['!', 'e30', ...tampered.map((key) => Buffer.from(JSON.stringify(key)).toString('base64url'))])(
    'refuse a cursor that the API has not issued: %s',
    async (cursor) => {
      expect(await ask(`cursor=${cursor}`)).toMatchObject({ status: 422, body: { errors: [{ path: 'cursor' }] } })
    },
  )
})

const ofProject = routes.filter(({ name }) => ROUTES[name] && asksRedisAfterAnswer(ROUTES[name]))
it.each(ofProject)('returns the seq of the project in FlowTrack-Seq: $name', async ({ name, method }) => {
  const { headers } = await attempt(method, await sampleOf(name))
  expect(headers.get('FlowTrack-Seq')).toMatch(/^[1-9]\d*$/)
})

const versionedRoutes = (kind: 'read' | 'write') => routes.filter(({ doc }) => doc?.versioned === kind)
it.each(versionedRoutes('read'))(
  'returns 304 to a client that has the current version: $name',
  async ({ name, method }) => {
    const sample = await sampleOf(name)
    const first = await attempt(method, sample)
    const etag = first.headers.get('ETag') ?? ''
    expect(etag).toBe(`"${first.body.seq}"`)
    for (const known of [etag, `W/${etag}`, `"0", ${etag}`, '*']) {
      const again = await attempt(method, sample, { headers: { 'If-None-Match': known } })
      expect([again.status, again.headers.get('ETag'), again.body]).toEqual([304, etag, undefined])
    }
    expect(await attempt(method, sample, { headers: { 'If-None-Match': '"0"' } })).toMatchObject({
      status: 200,
      body: first.body,
    })
  },
)

it.each(versionedRoutes('write'))('refuses a stale If-Match and changes nothing: $name', async ({ name, method }) => {
  const sample = await sampleOf(name)
  for (const stale of ['"999999"', '"not-ours"']) {
    const answer = await attempt(method, sample, { headers: { 'If-Match': stale } })
    expect(answer).toMatchObject({ status: 412, body: { code: 'version_mismatch', actual: expect.any(Number) } })
  }
  const lists = ['"999999", "not-ours"', '42', 'W/"*"', '"1" "2"']
  for (const stale of lists)
    expect((await attempt(method, sample, { headers: { 'If-Match': stale } })).status).toBe(412)
  const any = await attempt(method, sample, { headers: { 'If-None-Match': '*' } })
  expect(any).toMatchObject({ status: 412, body: { code: 'version_mismatch' } })
  const { actual } = any.body
  const wrong: Record<string, string>[] = [
    { 'If-Match': `W/"${actual}"` },
    { 'If-None-Match': `"x", W/"${actual}"` },
    { 'If-Match': `"0${actual}"` },
  ]
  for (const headers of [...wrong, { 'If-Match': '*', 'If-None-Match': '*' }])
    expect((await attempt(method, sample, { headers })).status, JSON.stringify(headers)).toBe(412)
  const listed = { 'If-Match': `"x", "1,2" ,"${actual}"`, 'If-None-Match': '"999999"' }
  expect((await attempt(method, sample, { headers: listed })).status).toBe(ROUTES[name]?.ok)
})

it.each(versionedRoutes('write'))('accepts any version with If-Match: *: $name', async ({ name, method }) => {
  const sample = await sampleOf(name)
  expect((await attempt(method, sample, { headers: { 'If-Match': '*' } })).status).toBe(ROUTES[name]?.ok)
})

const making = routes.filter(({ doc }) => doc?.location !== undefined)
it.each(making)(
  'returns the path of the new row in Location, also for a repeat: $name',
  async ({ name, method, doc }) => {
    const sample = await sampleOf(name)
    const headers = doc?.keyed ? { 'Idempotency-Key': crypto.randomUUID() } : undefined
    const first = await attempt(method, sample, { headers })
    const location = first.headers.get('Location') ?? ''
    expect([first.status, location]).toEqual([201, expect.stringMatching(/^\/[\w-]+(\/[\w-]+)*$/)])
    expect(location).not.toContain('undefined')
    const token = first.body.tokens?.access ?? sample.token ?? boss.token
    const shown = await exports.default.fetch(`${ORIGIN}${location}`, { headers: { Authorization: `Bearer ${token}` } })
    const methods = shown.headers.get('Allow') ?? 'GET'
    expect(shown.status, methods).toBe(methods.includes('GET') ? 200 : 405) // 404 would mean that nothing is there
    if (!headers) return
    const again = await attempt(method, sample, { headers })
    expect([again.status, again.headers.get('Location')]).toEqual([201, location])
  },
)
