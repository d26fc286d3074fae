import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { app } from '../../src/app.ts'
import { routesOf } from '../../src/http/openapi.ts'
import { newWorld, type World } from '../support/callers.ts'
import { laneOf } from '../support/lane.ts'
import { ROUTES, requestOf } from '../support/routes.ts'

let world: World
beforeAll(async () => {
  world = await newWorld()
})

const callerFor = (access: string) => {
  const name = access === 'admin' ? 'an administrator' : 'manager'
  const caller = world.callers.find((candidate) => candidate.name === name)
  if (!caller) throw new Error(`There is no ${name}`)
  return caller
}

/** `db;dur=3;desc="1", cache;dur=0;desc="0"` as numbers. */
function spent(header: string | null) {
  const count = (name: string) => Number(new RegExp(`${name};dur=\\d+;desc="(\\d+)"`).exec(header ?? '')?.[1])
  return { db: count('db'), cache: count('cache') }
}

it.each(routesOf(app.routes).map(({ method, path }) => ({ method, name: `${method} ${path}` })))(
  '$name makes the fewest trips',
  async ({ method, name }) => {
    const entry = ROUTES[name]
    if (!entry) throw new Error(`Add ${name} to ROUTES in test/support/routes.ts`)
    const caller = callerFor(entry.access)
    const sample = await entry.sample(world, caller)
    const lane = laneOf(crypto.randomUUID())
    const execution = createExecutionContext()
    const response = await app.fetch(
      requestOf(method, sample, sample.token ?? caller.token),
      { ...env, ...lane.vars },
      execution,
    )
    expect(response.status).toBe(entry.ok)
    const timing = response.headers.get('Server-Timing')
    await waitOnExecutionContext(execution)
    response.webSocket?.accept()
    response.webSocket?.close(1000, 'done')
    expect(await lane.requests()).toEqual({ neon: entry.db, redis: entry.redis })
    if (entry.ok !== 101) expect(spent(timing)).toEqual({ db: entry.db, cache: 0 })
  },
)

it('says what it spent on a refused request too', async () => {
  const lane = laneOf(crypto.randomUUID())
  const refused = requestOf('GET', { path: `/projects/${crypto.randomUUID()}` }, world.owner.token)
  const response = await app.fetch(refused, { ...env, ...lane.vars }, createExecutionContext())
  expect(response.status).toBe(404)
  expect(spent(response.headers.get('Server-Timing'))).toEqual({ db: 1, cache: 0 })
  expect(await lane.requests()).toEqual({ neon: 1, redis: 0 })
})

it('asks neither database about a token that is not valid', async () => {
  const lane = laneOf(crypto.randomUUID())
  const response = await app.fetch(
    requestOf('GET', { path: '/users/me' }, 'not.a.token'),
    { ...env, ...lane.vars },
    createExecutionContext(),
  )
  expect(response.status).toBe(401)
  expect(await lane.requests()).toEqual({ neon: 0, redis: 0 })
})
