import { beforeEach, expect, inject, it } from 'vitest'
import { addGrants, type Grant } from '../../src/cache/grants.ts'
import { configOf } from '../../src/config/config.ts'
import { openCache } from '../../src/redis/client.ts'

const vars = inject('vars')
let url: string
let redis: ReturnType<typeof openCache>
beforeEach(() => {
  url = new URL(`/t/${crypto.randomUUID()}`, vars.UPSTASH_REDIS_REST_URL).href
  redis = openCache(configOf({ ...vars, UPSTASH_REDIS_REST_URL: url } as unknown as Env)) // the rest of Env is bindings
})

const ids = () => Array.from({ length: 3 }, () => crypto.randomUUID())
const grantsFor = (ids: string[], left = 60_000): Grant[] =>
  ids.map((id) => ({ keys: [`access:${id}`, `fence:${id}`], args: [String(Date.now() + left), ''] }))
const readAccesses = (ids: string[]) => redis.mget(ids.map((id) => `access:${id}`))

it('sends grants once, in the request of the next command', async () => {
  const three = ids()
  const waiting = grantsFor(three)
  const pipeline = addGrants(waiting, redis.pipeline()).get(`access:${three[2]}`)
  expect(await pipeline.exec<unknown[]>()).toEqual([1, 1, 1, 'may '])
  expect(addGrants(waiting, redis.pipeline().ping()).length()).toBe(1)
  const { requests } = (await (await fetch(`${url}/control`)).json()) as { requests: number }
  expect(requests).toBe(1)
  expect(await readAccesses(three)).toEqual(['may ', 'may ', 'may '])
})

it('ignores a grant that has waited for longer than it is valid', async () => {
  const three = ids()
  expect(await addGrants(grantsFor(three, -1), redis.pipeline()).exec()).toEqual([0, 0, 0])
  expect(await readAccesses(three)).toEqual([null, null, null])
})

it('ignores a grant whose access ended while it waited', async () => {
  const three = ids()
  const waiting = grantsFor(three)
  for (const id of three) await redis.set(`fence:${id}`, 'ended')
  expect(await addGrants(waiting, redis.pipeline()).exec()).toEqual([0, 0, 0])
  expect(await readAccesses(three)).toEqual([null, null, null])
})

it('does not repeat grants that were lost with a request, and sends later ones', async () => {
  const [lost, sent] = [ids(), ids()]
  const setDown = (down: boolean) => fetch(`${url}/control`, { method: 'POST', body: JSON.stringify({ down }) })
  await setDown(true)
  const waiting = grantsFor(lost)
  await expect(addGrants(waiting, redis.pipeline().ping()).exec()).rejects.toThrow()
  await setDown(false)
  waiting.push(...grantsFor(sent))
  await addGrants(waiting, redis.pipeline()).exec()
  expect(await readAccesses(lost)).toEqual([null, null, null])
  expect(await readAccesses(sent)).toEqual(['may ', 'may ', 'may '])
})

it('sends at most 50 grants with one request', () => {
  const waiting = grantsFor(Array.from({ length: 120 }, () => crypto.randomUUID()))
  const countAboard = () => addGrants(waiting, redis.pipeline()).length()
  expect([countAboard(), countAboard(), countAboard(), countAboard()]).toEqual([50, 50, 20, 0])
})
