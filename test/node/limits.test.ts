import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MAX_UNREAD, Unread } from '../../src/realtime/limits.ts'

const PAGE = MAX_UNREAD / 16

it('takes no more than its bound for a client that gives no sign', () => {
  const unread = new Unread()
  for (let i = 0; i < 16; i++) expect(unread.allows(PAGE, null)).toBe(true)
  expect(unread.allows(1, null)).toBe(false)
})

it('takes one ping for no sign, as it may have been sent before anything was read, and a second for one that all before the first was read', () => {
  const unread = new Unread()
  for (let i = 0; i < 10; i++) unread.allows(PAGE, null)
  expect(unread.allows(6 * PAGE, 1)).toBe(true)
  expect(unread.allows(1, 1)).toBe(false)
  expect(unread.allows(1, 2)).toBe(true)
  expect(unread.allows(9 * PAGE, 2)).toBe(true)
  expect(unread.allows(1 * PAGE, 2)).toBe(false)
})

it('lets no more than its bound be unread by a client that waits for its pongs, whatever it reads when', () => {
  /** Frames, then how many of the client's queue it reads; a pong in the queue makes it ping. */
  const step = fc.record({ size: fc.integer({ min: 1, max: PAGE }), reads: fc.integer({ min: 0, max: 3 }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
      const unread = new Unread()
      const queue: (number | 'pong')[] = []
      let pings = 1
      queue.push('pong')
      for (const { size, reads } of steps) {
        const open = unread.allows(size, pings)
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

it('lets any amount pass to a client that reads as it goes', () => {
  const unread = new Unread()
  for (let ping = 1; ping <= 1_000; ping++) for (let i = 0; i < 8; i++) expect(unread.allows(PAGE, ping)).toBe(true)
})
