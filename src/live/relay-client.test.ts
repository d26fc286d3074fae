import { expect, it } from 'vitest'
import { type Config, configOf } from '../config/config.ts'
import { Registry } from './relay/registry.ts'
import { type Registration, RelayClient } from './relay-client.ts'
import type { Sockets } from './sockets.ts'

const project_id = '0192f3c4-0000-7000-8000-000000000001'
const here = { project_id, place: 'weur' } as const

/** A hub with these people, and a relay that writes down what it is told. */
function newHub(people: string[], config: Partial<Config> = {}) {
  const told: { relay: string; hub: Registration }[] = []
  const relay = { failures: 0 }
  const sockets = {
    open: () =>
      people.map((user_id, i) => [
        {},
        { user_id, session_id: `s${i}`, connection_id: `c${i}`, epoch: 'e', expires_at: i },
      ]),
  }
  const REGION_RELAY = {
    getByName: (name: string) => ({
      register: async (_at: unknown, registration: Registration) => {
        if (relay.failures-- > 0) throw new Error('being moved')
        told.push({ relay: name, hub: registration })
      },
    }),
  }
  const env = { REGION_RELAY } as unknown as Env
  const settings = { ...configOf(DEPLOYMENT), ...config }
  return { people, told, relay, client: new RelayClient(env, settings, sockets as unknown as Sockets) }
}

const DEPLOYMENT = {
  DATABASE_URL: 'postgres://x',
  UPSTASH_REDIS_REST_URL: 'https://x.test',
  UPSTASH_REDIS_REST_TOKEN: 'x',
  JWT_SECRET: 'x'.repeat(32),
} as Env

it('tells the relay of its region and shard who is connected, and until when', async () => {
  const { told, client } = newHub(['ada', 'bob'])
  expect(await client.register(here)).toBe(true)
  expect(told).toEqual([
    {
      relay: 'weur:0',
      hub: {
        project_id,
        until: 1,
        sockets: expect.any(Number),
        holders: [
          { user_id: 'ada', session_id: 's0', epoch: 'e' },
          { user_id: 'bob', session_id: 's1', epoch: 'e' },
        ],
      },
    },
  ])
})

it('reports the latest state in few calls when many reports are due at once', async () => {
  const { people, told, client } = newHub([])
  await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => {
      people.push(`user ${i}`)
      return client.register(here)
    }),
  )
  expect(told.length).toBeLessThan(5)
  expect(told.at(-1)?.hub.holders).toHaveLength(1_000)
})

it('reports an empty list when nobody is connected', async () => {
  const { told, client } = newHub([])
  expect(await client.register(here)).toBe(true)
  expect(told[0]?.hub.holders).toEqual([])
})

it('returns false when the relay can’t be reached, or when there is none', async () => {
  const { told, relay, client } = newHub(['ada'])
  relay.failures = 2
  expect(await client.register(here)).toBe(false)
  expect(await client.register({ ...here, place: 'global' })).toBe(false)
  expect(told).toEqual([])
  relay.failures = 1 // it is being moved: the second attempt finds it
  expect(await client.register(here)).toBe(true)
})

it('writes nothing for a repeated report in any order, and the whole report when it has changed', async () => {
  const stored = new Map<string, unknown>()
  let written = 0
  const put = (key: string, value: unknown) => {
    stored.set(key, value)
    written += 1
  }
  const kv = { put, get: (key: string) => stored.get(key), list: () => [], delete: (key: string) => stored.delete(key) }
  const registry = new Registry(kv as unknown as SyncKvStorage)
  const { people, told, client } = newHub(['ada', 'bob'])
  const register = async () => {
    await client.register(here)
    return registry.set({ region: 'weur', shard: 0 }, told.at(-1)?.hub as Registration)
  }
  expect(await register()).toBe('new')
  const before = written
  expect(await register()).toBe('same')
  expect(written).toBe(before)
  people.push('eve')
  expect(await register()).toBe('changed')
  expect(registry.get(project_id)?.holders).toHaveLength(3)
  people.pop()
  expect(await register()).toBe('changed')
  expect(written).toBe(before + 2)
})
