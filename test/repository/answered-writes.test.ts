import { expect, it } from 'vitest'
import { AnsweredWrites } from '../faults/stale-reads/answered-writes.ts'

const BOUND = 100

/** Three answered writes: seq 11 at 1,000 ms, 13 at 1,050 ms and 12 at 1,200 ms. */
function newWrites(): AnsweredWrites {
  const writes = new AnsweredWrites()
  writes.wrote({ seq: 11, at: 1_000, task_id: 'a' })
  writes.wrote({ seq: 13, at: 1_050, task_id: 'b' })
  writes.wrote({ seq: 12, at: 1_200, task_id: 'a' })
  return writes
}

it('returns the highest seq of the writes that were answered by a given time', () => {
  const writes = newWrites()
  expect([999, 1_000, 1_049, 1_050, 9_999].map((at) => writes.headAt(at))).toEqual([0, 11, 11, 13, 13])
  expect(writes.head).toBe(13)
})

it.each([
  ['a current read', { asked_at: 1_300, seq: 13 }, undefined, 0],
  ['a read that is behind within the limit', { asked_at: 1_149, seq: 11 }, undefined, 99],
  ['a read that is behind for longer than the limit', { asked_at: 1_151, seq: 11 }, '101 ms after', 101],
  ['a read that is older than the seq that the reader named', { asked_at: 1_060, seq: 11, floor: 13 }, 'named 13', 10],
  [
    'a board without a write that it should show',
    { asked_at: 1_300, seq: 13, rows: [{ id: 'a', seq: 11 }] },
    'without its write 12',
    0,
  ],
  ['a board with a later write', { asked_at: 1_300, seq: 13, rows: [{ id: 'c', seq: 14 }] }, 'with a write 14', 0],
])('checks a read against the answered writes: %s', (_, reading, fault, staleness) => {
  const writes = newWrites()
  const found = writes.faultOf(reading, BOUND)
  if (fault === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(fault)
  expect(writes.staleness(reading)).toBe(staleness)
})
