import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RateLimit } from '../redis/rate-limits.ts'
import { RateMemory } from '../redis/rate-memory.ts'
import { isOver } from '../redis/rate-window.ts'
import { MAX_UNREAD, Unread } from './limits.ts'

const PAGE = MAX_UNREAD / 16

it('refuses to send more than the limit to a client that does not ping', () => {
  const unread = new Unread()
  for (let i = 0; i < 16; i++) expect(unread.add(PAGE, null)).toBe(true)
  expect(unread.add(1, null)).toBe(false)
})

it('counts data as read at the second ping that follows it', () => {
  const unread = new Unread()
  for (let i = 0; i < 10; i++) unread.add(PAGE, null)
  expect(unread.add(6 * PAGE, 1)).toBe(true)
  expect(unread.add(1, 1)).toBe(false)
  expect(unread.add(1, 2)).toBe(true)
  expect(unread.add(9 * PAGE, 2)).toBe(true)
  expect(unread.add(1 * PAGE, 2)).toBe(false)
})

it('never leaves more than the limit unread by a client that pings after each pong', () => {
  /** Frames, then how many of the client's queue it reads; a pong in the queue makes it ping. */
  const step = fc.record({ size: fc.integer({ min: 1, max: PAGE }), reads: fc.integer({ min: 0, max: 3 }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
      const unread = new Unread()
      const queue: (number | 'pong')[] = []
      let pings = 1
      queue.push('pong')
      for (const { size, reads } of steps) {
        const open = unread.add(size, pings)
        const waiting = queue.reduce<number>((sum, frame) => sum + (frame === 'pong' ? 0 : frame), size)
        if (waiting > MAX_UNREAD) expect(open).toBe(false)
        if (!open) return
        queue.push(size)
        for (let i = 0; i < reads; i++) {
          if (queue.shift() !== 'pong') continue
          pings += 1
          queue.push('pong')
        }
      }
    }),
    { numRuns: 500 },
  )
})

it('allows more data after two pings of the client, so a waiting replay can continue', () => {
  const unread = new Unread()
  for (let i = 0; i < 15; i++) expect(unread.add(PAGE, 1)).toBe(true)
  expect(unread.hasRoomFor(PAGE, 1)).toBe(true)
  expect(unread.hasRoomFor(PAGE + 1, 1)).toBe(false)
  expect(unread.hasRoomFor(PAGE + 1, 2)).toBe(false)
  expect(unread.hasRoomFor(PAGE + 1, 3)).toBe(true)
  for (let i = 0; i < 16; i++) expect(unread.add(PAGE, 3)).toBe(true)
  expect(unread.hasRoomFor(1, 3)).toBe(false)
})

it('sends any amount to a client that pings regularly', () => {
  const unread = new Unread()
  for (let ping = 1; ping <= 1_000; ping++) for (let i = 0; i < 8; i++) expect(unread.add(PAGE, ping)).toBe(true)
})

const user: RateLimit = {
  policy: 'user',
  key: 'user',
  quota: 100,
  window: 60,
  closed: false,
  remembered: true,
  ahead: 10,
}

it('gives out each number once and at most the quota, for any number of isolates and any order of replies', () => {
  /** Which isolate has a request, and how many of the counts under way get their reply first. */
  const step = fc.record({ isolate: fc.nat(3), replies: fc.nat(2) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), (steps) => {
      const isolates = Array.from({ length: 4 }, () => new RateMemory())
      const underWay: (() => void)[] = []
      const given: number[] = []
      let counter = 0
      for (const { isolate, replies } of steps) {
        for (let n = 0; n < replies; n++) underWay.shift()?.()
        const memory = isolates[isolate] as RateMemory
        const taken = memory.takeReserved(user)
        if (taken) given.push(taken.used)
        else {
          const many = memory.beginReservation(user)
          counter += many
          const reply = { limit: user, used: counter, left_ms: 60_000 }
          underWay.push(() => given.push(memory.keepReservation(reply, many).used))
        }
      }
      for (const reply of underWay) reply()
      expect(new Set(given).size).toBe(given.length)
      expect(given.filter((used) => !isOver({ limit: user, used, left_ms: 0 })).length).toBeLessThanOrEqual(user.quota)
      expect(counter - given.length).toBeLessThanOrEqual(isolates.length * (user.ahead - 1)) // all that can be left unused
    }),
    { numRuns: 1_000 },
  )
})

it('drops reserved counts when their window ends, and reserves new ones', () => {
  const memory = new RateMemory()
  expect(memory.beginReservation(user, 0)).toBe(10)
  expect(memory.keepReservation({ limit: user, used: 10, left_ms: 1_000 }, 10, 0)).toMatchObject({
    used: 1,
    left_ms: 1_000,
  })
  expect(memory.takeReserved(user, 999)).toMatchObject({ used: 2, left_ms: 1 })
  expect(memory.takeReserved(user, 1_000)).toBeUndefined()
  expect(memory.beginReservation(user, 1_000)).toBe(10)
  expect(memory.beginReservation(user, 1_001)).toBe(1) // one is under way
  expect(memory.beginReservation(user, 6_000)).toBe(10) // and will not come back
})

it('takes the cost of an expensive request from the reserved counts, and the rest from the next reservation', () => {
  const memory = new RateMemory()
  memory.keepReservation({ limit: user, used: 10, left_ms: 60_000 }, memory.beginReservation(user, 0), 0)
  memory.addDebt(user, 3, 1)
  expect(memory.takeReserved(user, 1)).toMatchObject({ used: 5 })
  expect(memory.takeDebt(user, 1)).toBe(0)
  memory.addDebt(user, 16, 2)
  expect(memory.takeReserved(user, 2)).toBeUndefined()
  expect([memory.takeDebt(user, 2), memory.takeDebt(user, 2)]).toEqual([11, 0])
  memory.addDebt(user, 1, 3)
  expect(memory.takeDebt(user, 60_003)).toBe(0) // its window has ended
})
