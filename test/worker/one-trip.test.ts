import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it, vi } from 'vitest'
import { app } from '../../src/app.ts'
import { routesOf } from '../../src/http/route-table.ts'
import { type Cast, newCast } from '../support/callers.ts'
import { laneOf } from '../support/lane.ts'
import { ROUTES } from '../support/routes.ts'
import { requestOf, type Sample } from '../support/samples.ts'

let cast: Cast
beforeAll(async () => {
  cast = await newCast()
})

const callerFor = (access: string) => {
  const name = access === 'admin' ? 'an administrator' : 'manager'
  const caller = cast.callers.find((candidate) => candidate.name === name)
  if (!caller) throw new Error(`There is no caller named ${name}`)
  return caller
}

/** The counts in a Server-Timing header, such as `db;dur=3;desc="1", cache;dur=0;desc="0"`. */
function spentBy(header: string | null) {
  const count = (name: string) => Number(new RegExp(`${name};dur=\\d+;desc="(\\d+)"`).exec(header ?? '')?.[1])
  return { db: count('db'), cache: count('cache') }
}

/**
 * Sends a request on its own lane. `counted`: requests that the bridges saw; `said`: those that Server-Timing states.
 */
async function measure(method: string, sample: Sample, token?: string) {
  const lane = laneOf(crypto.randomUUID())
  const execution = createExecutionContext()
  const request = requestOf(method, sample, sample.token ?? token)
  const response = await app.fetch(request, { ...env, ...lane.vars }, execution)
  const { status, headers, webSocket } = response
  const body = webSocket ? '' : await response.text()
  await waitOnExecutionContext(execution)
  webSocket?.accept()
  webSocket?.close(1000, 'done')
  return { status, headers, body, counted: await lane.requests(), said: spentBy(headers.get('Server-Timing')) }
}

const routes = routesOf(app.routes).map((route) => ({ ...route, name: `${route.method} ${route.path}` }))

it.each(routes)(
  '$name sends as few requests to Postgres and Redis as its table entry says',
  async ({ method, name }) => {
    const entry = ROUTES[name]
    if (!entry) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
    const caller = callerFor(entry.access)
    const { status, counted, said } = await measure(method, await entry.sample(cast, caller), caller.token)
    expect(status).toBe(entry.ok)
    expect(counted).toEqual({ neon: entry.db + (entry.later ?? 0), redis: entry.redis })
    if (status !== 101) expect(said).toEqual({ db: entry.db, cache: entry.cache })
  },
)

it.each(routes.filter(({ doc }) => doc?.keyed))(
  '$name needs no more requests with an idempotency key, nor when repeated',
  async ({ method, name }) => {
    const entry = ROUTES[name]
    if (!entry) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
    const { token } = callerFor(entry.access)
    const sample = await entry.sample(cast, callerFor(entry.access))
    const keyed = { ...sample, headers: { ...sample.headers, 'Idempotency-Key': crypto.randomUUID() } }
    const first = await measure(method, keyed, token)
    expect(first).toMatchObject({
      status: entry.ok,
      counted: { neon: entry.db + (entry.later ?? 0), redis: entry.redis },
    })
    const repeat = await measure(method, keyed, token)
    const trips = entry.repeat ?? 1
    expect(repeat).toMatchObject({ status: entry.ok, counted: { neon: trips, redis: 1 }, said: { db: trips } })
    expect(repeat.headers.get('Idempotency-Replayed')).toBe('true')
  },
)

it.each(routes.filter(({ doc }) => doc?.cached))(
  '$name sends one request to Redis when its answer is cached',
  async ({ name }) => {
    const reader = callerFor('viewer')
    const sample = await ROUTES[name]?.sample(cast, reader)
    if (!sample) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
    const ask = () => measure('GET', sample, reader.token)
    // Until earlier writes have finished their work after the answer: between the two reads, it would empty the cache.
    const [first, again] = await vi.waitFor(
      async () => {
        const [first, again] = [await ask(), await ask()]
        expect(again).toMatchObject({ status: 200, counted: { neon: 0, redis: 1 }, said: { db: 0, cache: 1 } })
        return [first, again]
      },
      { timeout: 60_000 },
    )
    expect(again.body).toBe(first.body)
    for (const header of ['FlowTrack-Seq', 'ETag']) expect(again.headers.get(header)).toBe(first.headers.get(header))
    const version = again.headers.get('ETag')
    if (!version) return
    const known = await measure('GET', { ...sample, headers: { 'If-None-Match': version } }, reader.token)
    expect(known).toMatchObject({ status: 304, body: '', counted: { neon: 0, redis: 1 }, said: { db: 0, cache: 1 } })
  },
)

it('counts a refused request and reports what it took, but publishes nothing', async () => {
  const { owner, board, callers } = cast
  const viewer = callers.find(({ name }) => name === 'viewer')
  const write = { path: '/tasks', body: { project_id: board.id, title: 'New' } }
  const refused = [
    [404, await measure('GET', { path: `/projects/${crypto.randomUUID()}` }, owner.token)],
    [403, await measure('POST', write, viewer?.token)],
  ] as const
  for (const [status, answer] of refused) {
    expect(answer).toMatchObject({ status, counted: { neon: 1, redis: 1 }, said: { db: 1, cache: 1 } })
  }
})

it('sends no database request for an invalid token, body or id', async () => {
  const { token } = cast.owner
  const refused = [
    [401, 0, await measure('GET', { path: '/users/me' }, 'not.a.token')],
    [422, 1, await measure('POST', { path: '/tasks', body: { title: 'No project' } }, token)],
    [422, 1, await measure('GET', { path: '/tasks/42' }, token)],
  ] as const
  for (const [status, redis, answer] of refused) {
    expect(answer).toMatchObject({ status, counted: { neon: 0, redis }, said: { db: 0, cache: redis } })
  }
})
