import { expect, it } from 'vitest'
import { Breaker } from '../../src/cache/breaker.ts'
import { openCache } from '../../src/cache/client.ts'
import { Memory } from '../../src/limits/memory.ts'
import { networkOf, ofAccount, ofUser } from '../../src/limits/subject.ts'
import { isOver } from '../../src/limits/window.ts'
import { writer } from '../support/node.ts'

it('leaves a Redis that failed alone for a while, then lets one ask for all', () => {
  const breaker = new Breaker()
  expect(breaker.isOpen(0)).toBe(false)
  expect([breaker.failed(0), breaker.failed(1)]).toEqual([true, false])
  expect(breaker.isOpen(5_000)).toBe(true)
  expect([breaker.isOpen(5_001), breaker.isOpen(5_001)]).toEqual([false, true])
  expect(breaker.failed(5_002)).toBe(false)
  expect(breaker.isOpen(10_001)).toBe(true)
  expect(breaker.isOpen(10_002)).toBe(false)
  expect([breaker.answered(), breaker.answered()]).toEqual([true, false])
  expect([breaker.isOpen(10_003), breaker.isOpen(10_003)]).toEqual([false, false])
})

it('takes an IPv6 network of 64 bits for one address, however it is written', () => {
  const same = ['2001:db8:0:1::7', '2001:DB8::1:0:0:0:1', '2001:0db8:0000:0001:ffff::'].map(networkOf)
  expect(new Set(same)).toEqual(new Set(['2001:db8:0:1::/64']))
  expect(networkOf('2001:db8:0:2::7')).not.toBe(same[0])
  expect(['::1', '203.0.113.9', 'x'.repeat(500)].map(networkOf)).toEqual([
    '0:0:0:0::/64',
    '203.0.113.9',
    'x'.repeat(64),
  ])
})

it('closes, rather than forget somebody, when a flood of accounts fills its memory', async () => {
  const { config } = await writer()
  const memory = new Memory()
  const of = (n: number) => ofAccount(config, `account ${n}`)
  const window_ms = config.LIMIT_ACCOUNT.window * 1000
  for (let n = 0; n < 10_000; n += 1) expect(isOver(memory.count(of(n), 0))).toBe(false)
  expect(isOver(memory.count(of(10_000), 1))).toBe(true)
  expect(memory.count(of(0), 1)).toMatchObject({ used: 2, left_ms: window_ms - 1 })
  expect(memory.count(of(10_000), window_ms)).toMatchObject({ used: 1, left_ms: window_ms })
})

it('counts in a pipeline that is sent anyway, once, and hands on the replies to its own commands', async () => {
  const { limits, db, config, actor } = await writer()
  limits.add(ofUser(config, actor.user_id))
  const pipeline = openCache(config).pipeline()
  pipeline.set(`test:${actor.user_id}`, 'kept')
  pipeline.get(`test:${actor.user_id}`)
  expect(await limits.send(pipeline)).toEqual(['OK', 'kept'])
  limits.begin()
  expect(await limits.settle()).toMatchObject([{ subject: { policy: 'user' }, used: 1 }])
  expect(db.meter.cache.requests).toBe(1)
})

it('hands on the failure of a pipeline, and counts nothing then', async () => {
  const { limits, config, actor } = await writer()
  limits.add(ofUser(config, actor.user_id))
  const pipeline = openCache(config).pipeline()
  pipeline.exec = () => Promise.reject(new Error('away'))
  await expect(limits.send(pipeline)).rejects.toThrow('away')
  expect(await limits.settle()).toEqual([])
})
