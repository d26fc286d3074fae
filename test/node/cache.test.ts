import { beforeEach, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { app } from '../../src/app.ts'
import { ADVANCE, GRANT, KEEP, LOOK } from '../../src/cache/scripts.ts'
import { SHAPES } from '../../src/cache/shapes.ts'
import { configOf } from '../../src/config/config.ts'
import { operationsOf } from '../../src/features/meta/document/operations.ts'
import { openReader } from '../../src/redis/client.ts'
import { schemaHash } from '../support/schema-hash.ts'

it('src/cache/shapes.ts has the current hash of the answer schema of every cached route', () => {
  const operations = operationsOf(app.routes)
  const answers = new Map(operations.map(({ doc }) => [doc.id, doc.ok.schema]))
  const hashes = Object.keys(SHAPES).map((id) => [id, schemaHash(answers.get(id) ?? z.never())])
  expect(SHAPES, 'Copy the hashes below into src/cache/shapes.ts').toEqual(Object.fromEntries(hashes))
  const cached = operations.filter(({ doc }) => doc.cached).map(({ doc }) => doc.id)
  expect(cached.filter((id) => !(id in SHAPES))).toEqual([])
})

it('the hash of a schema changes with its fields, but not with its descriptions', () => {
  const now = schemaHash(z.object({ id: z.uuid(), title: z.string() }))
  expect(schemaHash(z.object({ id: z.uuid(), title: z.string().meta({ description: 'A name' }) }))).toBe(now)
  expect(schemaHash(z.object({ id: z.uuid(), title: z.string().nullable() }))).not.toBe(now)
  expect(schemaHash(z.object({ id: z.uuid() }))).not.toBe(now)
})

describe('the cache scripts in Redis', () => {
  const redis = openReader(configOf(inject('vars') as unknown as Env)) // the rest of Env is bindings
  const [epoch, restored] = [crypto.randomUUID(), crypto.randomUUID()]
  let keys: Record<'value' | 'head' | 'access' | 'userVersion', string>
  beforeEach(() => {
    const id = crypto.randomUUID()
    keys = { value: `value:${id}`, head: `head:${id}`, access: `access:${id}`, userVersion: `fence:${id}` }
  })

  type Looked = [at: string, userVersion: string, head: string, value: string, kept: number]
  const look = (version = '') =>
    redis.eval<string[], Looked>(LOOK, [keys.value, keys.head, keys.access, keys.userVersion], [version])
  const readValue = async () => (await look())[3]
  const readHead = async () => (await look())[2]
  const advance = (seq: number, of = epoch) => redis.eval(ADVANCE, [keys.head], [of, String(seq)])
  const setUserVersion = (word: string) => redis.set(keys.userVersion, word)

  /** Fills as a reader does after this answer to its LOOK. `left`: for how many ms access and value last. */
  const fill = (
    [at, userVersion, head]: Looked,
    seq: number,
    text = `{"at":${seq}}`,
    { of = epoch, left = 10_000, whole }: { of?: string; left?: number; whole?: string } = {},
  ) => {
    const until = String(Number(at) + left)
    const value = whole ?? `${of}:${seq} ${seq}\n${text}`
    return redis
      .pipeline()
      .eval(GRANT, [keys.access, keys.userVersion], [until, userVersion])
      .eval(KEEP, [keys.value, keys.head, keys.userVersion], [until, userVersion, head, of, String(seq), value])
      .exec()
  }

  it('return a value to readers with access while it belongs to the head', async () => {
    const before = await look()
    expect(before.slice(1)).toEqual(['', '', '', 0])
    await fill(before, 7)
    expect(await readValue()).toBe(`${epoch}:7 7\n{"at":7}`)
    expect((await look('7'))[3]).toBe(`${epoch}:7 7\n`)
    expect((await look('6'))[3]).toBe(await readValue())
    await advance(8)
    expect(await readValue()).toBe('')
  })

  it('tell a reader without access only that a value exists', async () => {
    await fill(await look(), 7)
    await redis.del(keys.access)
    expect((await look()).slice(3)).toEqual(['', 1])
    await advance(8)
    expect((await look()).slice(3)).toEqual(['', 0])
  })

  it('return a long value with the longest first line completely, and only for its user version', async () => {
    const [most, userVersion] = [999_999_999_999_999, crypto.randomUUID()]
    await setUserVersion(userVersion)
    const whole = `${epoch}:${most} ${most} =${userVersion}\n${'long '.repeat(100_000)}`
    await fill(await look(), most, '', { whole })
    expect((await look()).slice(3)).toEqual([whole, 1])
    expect((await look(String(most))).slice(3)).toEqual([`${epoch}:${most} ${most} =${userVersion}\n`, 1])
    await setUserVersion(crypto.randomUUID())
    expect((await look()).slice(3)).toEqual(['', 0])
  })

  it('move a head forward only, whatever the order in which writes arrive', async () => {
    for (const seq of [3, 1, 9, 10, 2]) await advance(seq)
    expect(await readHead()).toBe(`${epoch}:10`)
  })

  it('do not store a value that was read before a newer write', async () => {
    const before = await look()
    await advance(8)
    await fill(before, 7)
    expect(await readValue()).toBe('')
    expect(await readHead()).toBe(`${epoch}:8`)
  })

  it('never replace a newer value by an older one, even when the head is lost', async () => {
    const slow = await look()
    await fill(await look(), 8)
    await fill(slow, 7)
    expect(await readValue()).toContain('{"at":8}')
    await redis.del(keys.head)
    await fill(slow, 7)
    expect(await readValue()).toBe('')
    await fill(await look(), 8)
    expect(await readValue()).toContain('{"at":8}')
  })

  it('move the head forward to a value whose write has not been announced yet', async () => {
    await advance(7)
    await fill(await look(), 9)
    await advance(8)
    expect(await readValue()).toContain('{"at":9}')
  })

  it('ignore a fill that began before access ended', async () => {
    const before = await look()
    await setUserVersion('ended')
    await fill(before, 7)
    expect(await readValue()).toBe('')
    const late = await look()
    await fill(await look(), 7)
    expect(await readValue()).toContain('{"at":7}')
    await setUserVersion('ended again')
    await fill(late, 7)
    expect(await readValue()).toBe('')
  })

  it('return no value without a head', async () => {
    await fill(await look(), 7)
    await redis.del(keys.head)
    expect(await readValue()).toBe('')
  })

  it('ignore a fill that arrives after its time limit', async () => {
    await fill(await look(), 7, '{}', { left: -1 })
    expect(await look()).toMatchObject({ 2: '', 3: '' })
    expect(await redis.exists(keys.access)).toBe(0)
  })

  it('expire values and access by the clock of Redis', async () => {
    await fill(await look(), 7, '{}', { left: 5_000 })
    for (const key of [keys.value, keys.access]) {
      const left = await redis.pttl(key)
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(5_000)
    }
  })

  it('ignore late fills after a restore with another epoch, and accept the fill of the next reader', async () => {
    await fill(await look(), 100)
    const slow = await look()
    await advance(51, restored)
    expect(await readHead()).toMatch(/^unknown /)
    await advance(101)
    await fill(slow, 100)
    expect(await readValue()).toBe('')
    await fill(await look(), 51, '{"restored":true}', { of: restored })
    expect(await readValue()).toContain('{"restored":true}')
    expect(await readHead()).toBe(`${restored}:51`)
  })

  it('ignore a fill that began before the head of the project became unknown', async () => {
    await advance(5)
    const before = await look()
    await redis.set(keys.head, 'unknown 1')
    await fill(before, 5)
    await advance(6)
    expect(await readValue()).toBe('')
    expect(await readHead()).toBe('unknown 1')
  })

  it('store access and head, but no value, for an empty fill', async () => {
    await fill(await look(), 4, '', { whole: '' })
    expect(await look()).toMatchObject({ 2: `${epoch}:4`, 3: '' })
  })
})
