import { serialize } from 'node:v8'
import { expect, it } from 'vitest'
import type { Registration } from '../relay-client.ts'
import { Registry } from './registry.ts'

/** In bytes. A stored value may have 2 MB in production, and miniflare allows more: the test requires half of that. */
const MAX_VALUE = 1024 * 1024

const at = { region: 'weur', shard: 0 } as const
const project_id = '0192f3c4-0000-7000-8000-000000000001'

/** The storage of a Durable Object, which counts writes and refuses values that are too long. */
function storage() {
  const values = new Map<string, Buffer>()
  const written: string[] = []
  const parse = (value: Buffer) => JSON.parse(value.toString())
  const kv = {
    get: (key: string) => (values.has(key) ? parse(values.get(key) as Buffer) : undefined),
    put: (key: string, value: unknown) => {
      if (serialize(value).length > MAX_VALUE) throw new Error(`${key} is too long`)
      values.set(key, Buffer.from(JSON.stringify(value)))
      written.push(key)
    },
    delete: (key: string) => values.delete(key),
    list: ({ prefix = '' } = {}) =>
      [...values].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key, parse(value)]),
  } as unknown as SyncKvStorage
  return { kv, values, written }
}

/** A hub with `count` holders, each of another session. */
const crowd = (count: number, sockets = count): Registration => ({
  project_id,
  until: 9e15,
  sockets,
  holders: Array.from({ length: count }, () => ({
    user_id: crypto.randomUUID(),
    session_id: crypto.randomUUID(),
    epoch: project_id,
  })),
})
const sessions = (hub?: Registration) => hub?.holders.map(({ session_id }) => session_id).sort()

it('stores 50,000 sockets of one board in values below the size limit, within 5 s of CPU time', () => {
  const { kv, values } = storage()
  const hub = crowd(50_000)
  const before = process.cpuUsage()
  expect(new Registry(kv).set(at, hub)).toBe('new')
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000) // microseconds
  expect(values.size).toBeGreaterThan(20)
  expect(sessions(new Registry(kv).get(project_id))).toEqual(sessions(hub))
})

it('writes only one part and the index when a socket is added', () => {
  const { kv, written } = storage()
  const registry = new Registry(kv)
  const hub = crowd(30_000)
  registry.set(at, hub)
  written.length = 0
  const grown = { ...hub, sockets: 1, holders: [...hub.holders, ...crowd(1).holders] }
  expect(registry.set(at, grown)).toBe('changed')
  expect(written).toHaveLength(2)
  expect(sessions(new Registry(kv).get(project_id))).toEqual(sessions(grown))
})

it('leaves no parts in storage when most sockets close, and nothing when the hub ends', () => {
  const { kv, values } = storage()
  const registry = new Registry(kv)
  registry.set(at, crowd(50_000))
  const few = crowd(3)
  registry.set(at, few)
  expect(sessions(new Registry(kv).get(project_id))).toEqual(sessions(few))
  expect([...values.keys()]).toEqual(['at', `hub:${project_id}`])
  registry.delete(project_id)
  expect([...values.keys()]).toEqual(['at'])
})

it('stores a board with few sockets in one value, and divides it when it has many', () => {
  const { kv, values } = storage()
  const hub = crowd(3)
  new Registry(kv).set(at, hub)
  expect([...values.keys()]).toEqual(['at', `hub:${project_id}`])
  const registry = new Registry(kv)
  expect(registry.get(project_id)).toEqual(hub)
  const grown = crowd(2_001)
  registry.set(at, grown)
  expect(sessions(new Registry(kv).get(project_id))).toEqual(sessions(grown))
})
