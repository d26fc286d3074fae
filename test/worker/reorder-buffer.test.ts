import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Event } from '../../src/live/event.ts'
import { hasGap, MAX_EARLY, newReorderBuffer, pushEvents } from '../../src/live/reorder-buffer.ts'
import { range } from '../support/range.ts'

/** An event with only its seq, by which the buffer puts events in order. */
const event = (seq: number) => ({ seq }) as Event
const seqsOf = (events: readonly Event[]) => events.map(({ seq }) => seq)

/** Announcements of a journal that reaches to `head`: some lost, some doubled, in any order, in groups. */
const announcements = fc
  .record({ start: fc.nat(50), length: fc.integer({ min: 1, max: 60 }) })
  .chain(({ start, length }) =>
    fc.record({
      start: fc.constant(start),
      head: fc.constant(start + length),
      groups: fc.array(fc.array(fc.integer({ min: Math.max(1, start - 5), max: start + length }), { maxLength: 8 }), {
        maxLength: 40,
      }),
    }),
  )

it('releases each event once and in order, with lost events read from the journal', () => {
  fc.assert(
    fc.property(
      announcements,
      fc.integer({ min: 1, max: 20 }),
      fc.infiniteStream(fc.boolean()),
      (news, page, readNow) => {
        const line = newReorderBuffer(news.start)
        const sent: number[] = []
        const read = () => {
          const from = line.head + 1
          sent.push(...seqsOf(pushEvents(line, range(from, Math.min(news.head, from + page - 1)).map(event))))
        }
        for (const group of news.groups) {
          sent.push(...seqsOf(pushEvents(line, group.map(event), Math.max(0, ...group))))
          if (hasGap(line) && readNow.next().value) read()
        }
        pushEvents(line, [], news.head) // the tick tells the head
        while (hasGap(line)) read()
        expect(sent).toEqual(range(news.start + 1, news.head))
        expect(line.early.size).toBe(0)
      },
    ),
    { numRuns: 500 },
  )
})

it('does not need the journal when all events arrive, in any order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(range(1, 40), { minLength: 40 }), (order) => {
      const line = newReorderBuffer(0)
      expect(order.flatMap((seq) => seqsOf(pushEvents(line, [event(seq)])))).toEqual(range(1, 40))
      expect(hasGap(line)).toBe(false)
    }),
  )
})

it('holds back events that arrive early, and keeps at most MAX_EARLY of them', () => {
  const line = newReorderBuffer(0)
  expect(pushEvents(line, range(2, 3 * MAX_EARLY).map(event))).toEqual([])
  expect(line.early.size).toBe(MAX_EARLY)
  expect(seqsOf(pushEvents(line, [event(1)]))).toEqual(range(1, MAX_EARLY + 1))
  expect(hasGap(line)).toBe(true)
  const rest = seqsOf(pushEvents(line, range(MAX_EARLY + 2, 3 * MAX_EARLY).map(event)))
  expect([rest[0], rest.at(-1), line.early.size]).toEqual([MAX_EARLY + 2, 3 * MAX_EARLY, 0])
})

it('ignores an old head and old events', () => {
  const line = newReorderBuffer(10)
  expect(pushEvents(line, [event(9), event(10)], 8)).toEqual([])
  expect([line.head, line.known, line.early.size]).toEqual([10, 10, 0])
})
