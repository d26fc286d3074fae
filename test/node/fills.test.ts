import { beforeEach, expect, inject, it } from 'vitest'
import { openCache } from '../../src/cache/client.ts'
import { addFills, type Fill, fillSoon } from '../../src/cache/fills.ts'
import { type Config, configOf } from '../../src/env.ts'

const vars = inject('vars')
let config: Config
let url: string
beforeEach(() => {
  url = new URL(`/t/${crypto.randomUUID()}`, vars.UPSTASH_REDIS_REST_URL).href
  config = configOf({ ...vars, UPSTASH_REDIS_REST_URL: url } as unknown as Env) // the rest of Env is bindings
})

/** A fill that brings an access alone. */
function fillOf(id: string): Fill {
  const keys = ['value', 'head', 'access', 'fence'].map((name) => `${name}:${id}`)
  return { keys, args: [String(Date.now() + 60_000), '', '', crypto.randomUUID(), '1', ''] }
}
const ids = () => Array.from({ length: 3 }, () => crypto.randomUUID())
const soon = (fills: string[]) => fills.map((id) => fillSoon(config, fillOf(id)))
const accesses = (fills: string[]) =>
  openCache(configOf(vars as unknown as Env)).mget(fills.map((id) => `access:${id}`))
const requests = async () => ((await (await fetch(`${url}/control`)).json()) as { requests: number }).requests

it('fills travel with the next look, and not once more by themselves', async () => {
  const three = ids()
  const sent = soon(three)
  const [first, ...others] = await addFills(config, openCache(config).pipeline().ping()).exec<unknown[]>()
  expect([first, others]).toEqual(['PONG', [1, 1, 1]])
  await Promise.all(sent)
  expect(await accesses(three)).toEqual(['may ', 'may ', 'may '])
  expect(await requests()).toBe(1)
})

it('without a look, all that wait go in one request', async () => {
  const three = ids()
  await Promise.all(soon(three))
  expect(await accesses(three)).toEqual(['may ', 'may ', 'may '])
  expect(await requests()).toBe(1)
})

it('what is lost with a look is lost, and the next ones are sent', async () => {
  const [lost, sent] = [ids(), ids()]
  const setDown = (down: boolean) => fetch(`${url}/control`, { method: 'POST', body: JSON.stringify({ down }) })
  await setDown(true)
  const waiting = soon(lost)
  await expect(addFills(config, openCache(config).pipeline().ping()).exec()).rejects.toThrow()
  await Promise.all(waiting)
  await setDown(false)
  await Promise.all(soon(sent))
  expect(await accesses(lost)).toEqual([null, null, null])
  expect(await accesses(sent)).toEqual(['may ', 'may ', 'may '])
})
