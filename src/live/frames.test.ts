import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Event } from './event.ts'
import { fitToFrame, frameOf, MAX_SENT, notificationFramesOf, replayFramesOf } from './frames.ts'

const id = '0192f3c4-0000-7000-8000-000000000001'
const bytes = (text: string) => new TextEncoder().encode(text).length

const eventOf = (seq: number, fields: Record<string, string>): Event => ({
  project_id: id,
  seq,
  user_id: id,
  action: 'task.updated',
  entity: 'task',
  entity_id: id,
  task_id: id,
  changes: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, [text, text]])),
  data: { id, title: 'A task', ...fields },
  request_id: null,
  created_at: '2026-11-28T00:00:00.000Z',
  api_key: null,
})

/** Texts whose JSON has one to six bytes for each character. */
const text = fc
  .tuple(fc.constantFrom('a', 'é', '漢', '🌍', '"', '\u0001'), fc.integer({ min: 0, max: 100_000 }))
  .map(([unit, count]) => unit.repeat(count / unit.length))
const event = fc.tuple(fc.nat(), fc.dictionary(fc.constantFrom('description', 'body', 'note'), text))

it('keeps every frame below the size limit, in order, and names the fields that it leaves out', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), (list) => {
      const events = list.map(([, fields], i) => eventOf(i + 1, fields))
      const frames = [...replayFramesOf(events)]
      for (const frame of [...frames, ...events.map(frameOf)]) expect(bytes(frame)).toBeLessThan(MAX_SENT)
      const sent: Event[] = frames.flatMap((frame) => JSON.parse(frame).events)
      expect(sent).toEqual(events.map((whole) => JSON.parse(JSON.stringify(fitToFrame(whole)))))
      for (const [i, whole] of events.entries()) {
        const { truncated = [], data, changes } = fitToFrame(whole)
        expect(
          Object.keys({ ...data, ...changes, ...Object.fromEntries(truncated.map((name) => [name, 0])) }).sort(),
        ).toEqual(Object.keys(whole.data).sort())
        expect(sent[i]?.data.title).toBe('A task')
      }
    }),
    { numRuns: 30 },
  )
})

it('does not change an event that fits, and leaves out no more fields than necessary', () => {
  const short = eventOf(1, { description: 'x'.repeat(100_000) })
  expect(fitToFrame(short)).toBe(short)
  const long = eventOf(1, { description: '漢'.repeat(100_000), body: 'x'.repeat(50_000) })
  expect(fitToFrame(long)).toMatchObject({ truncated: ['description'], data: { body: long.data.body } })
})

it('sends small events in one frame, and no frame for an empty page', () => {
  const events = Array.from({ length: 500 }, (_, i) => eventOf(i + 1, { note: 'x'.repeat(100) }))
  expect([...replayFramesOf(events)]).toHaveLength(1)
  expect([...replayFramesOf([])]).toEqual([])
})

it('divides a page of notifications into frames below the size limit', () => {
  const item = { id, user_id: id, seq: 1, kind: 'assigned', project_id: id, data: { title: '漢'.repeat(500) } } as const
  const rest = {
    task_id: id,
    actor_id: id,
    event_seq: 1,
    read_at: null,
    created_at: '2026-11-28T00:00:00.000Z',
    actor: null,
  }
  const items = Array.from({ length: 500 }, (_, seq) => ({ ...item, ...rest, seq }))
  const frames = [...notificationFramesOf(items)]
  expect(frames.length).toBeGreaterThan(1)
  for (const frame of frames) expect(bytes(frame)).toBeLessThan(MAX_SENT)
  expect(frames.flatMap((frame) => JSON.parse(frame).items)).toEqual(items)
})
