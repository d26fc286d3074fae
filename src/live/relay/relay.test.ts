import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import { coalesceCalls } from '../../lib/coalesce.ts'
import { Listener } from './listener.ts'
import { parseStreamEvent } from './message.ts'
import { newSseReader } from './sse.ts'
import { nextStreamAction, ROTATE_MS } from './timing.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const project_id = '0192f3c4-0000-7000-8000-000000000001'

// Server-sent events

it('reads the same events wherever the bytes are divided, even within characters and line breaks', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\uFEFF]/g, ' '))
  const event = fc.array(line, { minLength: 1, maxLength: 3 })
  const lineBreak = fc.constantFrom('\n', '\r\n', '\r')
  const cuts = fc.array(fc.nat(200), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), lineBreak, cuts, (events, end, sizes) => {
      const text = events.map((lines) => `: x${end}id: 7${end}${lines.map((l) => `data: ${l}${end}`).join('')}${end}`)
      const all = bytes(text.join(''))
      const reader = newSseReader()
      const read: string[] = []
      let at = 0
      for (const size of [...sizes, all.length]) {
        read.push(...reader.push(all.subarray(at, at + size)))
        at += size
      }
      const wellFormed = events.map((lines) => new TextDecoder().decode(bytes(lines.join('\n'))))
      expect(read).toEqual(wellFormed)
    }),
    { numRuns: 200 },
  )
})

it('reads events that arrive one byte at a time', () => {
  const reader = newSseReader()
  const read = [...bytes('data: é€😀\r\ndata:zwei\r\n\r\ndata\n\n: only a comment\n\ndata: last\n\n')].flatMap((byte) =>
    reader.push(Uint8Array.of(byte)),
  )
  expect(read).toEqual(['é€😀\nzwei', 'last'])
})

it('reads a message of 1 MB that comes in small pieces', () => {
  const message = 'ä'.repeat(512 * 1024)
  const all = bytes(`data: ${message}\n\n`)
  const reader = newSseReader()
  const read: string[] = []
  for (let at = 0; at < all.length; at += 100) read.push(...reader.push(all.subarray(at, at + 100)))
  expect(read).toEqual([message])
})

it('throws for an event that never ends, before it fills the memory', () => {
  const reader = newSseReader()
  const megabyte = bytes('x'.repeat(1024 * 1024))
  expect(() => {
    for (let i = 0; i < 10; i++) reader.push(megabyte)
  }).toThrow(RangeError)
})

// Messages

it('parses news, a request for a check, and a ping', () => {
  const heard = (payload: unknown) => parseStreamEvent(`message,c,${JSON.stringify(payload)}`, 'c')
  expect(heard({ project_id, head: 7, events: [], origin: 'weur' })).toMatchObject({
    message: { head: 7, origin: 'weur' },
  })
  expect(heard({ look: [project_id] })).toMatchObject({ message: { look: [project_id] } })
  expect(heard({ ping: 'me' })).toMatchObject({ message: { ping: 'me' } })
  expect(parseStreamEvent('subscribe,c,1', 'c').kind).toBe('subscribed')
})

it('keeps the head of a message whose events have an unknown shape', () => {
  const heard = parseStreamEvent(
    `message,c,${JSON.stringify({ project_id, head: 7, events: [{ seq: 'seven' }] })}`,
    'c',
  )
  expect(heard).toMatchObject({ kind: 'message', message: { project_id, head: 7, events: [] } })
})

it.each([
  '',
  'hello',
  'message,other,{}',
  'message,c,',
  'message,c,{',
  'message,c,null',
  'message,c,{"head":1}',
  'message,c,{"project_id":"x","head":-1}',
])('treats %j as an unknown event, and does not throw', (event) =>
  expect(parseStreamEvent(event, 'c').kind).toBe('unknown'),
)

// When to do what

it('decides when to open, keep, rotate and replace a stream', () => {
  const stream = { opened_at: 10_000, heard_at: 20_000 }
  expect(nextStreamAction(null, 0, 30_000)).toBe('open')
  expect(nextStreamAction(stream, 15_000, 30_000)).toBe('keep') // the ping came back
  expect(nextStreamAction(stream, 25_000, 30_000)).toBe('replace') // it did not
  expect(nextStreamAction(stream, 29_900, 30_000)).toBe('keep') // it may be under way
  expect(nextStreamAction({ opened_at: 26_000, heard_at: 0 }, 25_000, 30_000)).toBe('keep') // it was sent before
  expect(nextStreamAction({ ...stream, heard_at: 10_000 + ROTATE_MS }, 15_000, 10_000 + ROTATE_MS)).toBe('rotate')
})

it('runs one call at a time, and runs once more for all calls during a run', async () => {
  let running = 0
  let runs = 0
  const work = coalesceCalls(async () => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    running -= 1
    runs += 1
    if (runs === 2) throw new Error('the second run fails')
  })
  const first = work()
  const meanwhile = [work(), work(), work()]
  await first
  expect(await Promise.allSettled(meanwhile)).toMatchObject(Array(3).fill({ status: 'rejected' }))
  await work()
  expect(runs).toBe(3)
})

// Listening

afterEach(() => vi.useRealTimers())

function fakeStreams() {
  const opened: { closed: boolean; end: () => void; heard_at: number; opened_at: number }[] = []
  const seen = { gaps: 0, fail: false, overlapping: false, tries: [] as number[] }
  const listener = new Listener({
    open: async () => {
      seen.tries.push(Date.now())
      if (seen.fail) throw new Error('unreachable')
      seen.overlapping = opened.some(({ closed }) => !closed)
      let end = () => {}
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      const stream = {
        opened_at: Date.now(),
        heard_at: Date.now(),
        ended,
        closed: false,
        end,
        close: () => {
          stream.closed = true
          end()
        },
      }
      opened.push(stream)
      return stream
    },
    onMessage: () => {},
    onGap: () => {
      seen.gaps += 1
    },
    ping: () => Promise.resolve(),
  })
  return { opened, seen, listener }
}

it('opens a new stream before it closes one that has reached its age limit, without a gap', async () => {
  vi.useFakeTimers()
  const { opened, seen, listener } = fakeStreams()
  await listener.start()
  expect(seen.gaps).toBe(1)
  for (let passed = 0; passed <= ROTATE_MS; passed += 15_000) {
    await vi.advanceTimersByTimeAsync(15_000)
    for (const stream of opened) stream.heard_at = Date.now() // each ping comes back
    await listener.tick()
  }
  expect(opened.map(({ closed }) => closed)).toEqual([true, false])
  expect(seen).toMatchObject({ overlapping: true, gaps: 1 })
  listener.stop()
  expect(opened.every(({ closed }) => closed)).toBe(true)
})

it('replaces a stream whose pings do not come back, and reports a gap', async () => {
  vi.useFakeTimers()
  const { opened, seen, listener } = fakeStreams()
  await listener.start()
  for (let tick = 0; tick < 2; tick++) {
    await vi.advanceTimersByTimeAsync(15_000)
    await listener.tick()
  }
  expect(opened.map(({ closed }) => closed)).toEqual([true, false])
  expect(seen.gaps).toBe(2)
  listener.stop()
})

it('opens a new stream after one ends, and waits longer after each failure, up to 15 s', async () => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1) // the longest wait of each range
  const { opened, seen, listener } = fakeStreams()
  await listener.start()
  seen.fail = true
  opened[0]?.end()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(listener.listening).toBe(false)
  const waits = () => seen.tries.slice(1).map((at, n) => at - (seen.tries[n] ?? 0))
  expect(waits()).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  seen.fail = false
  await vi.advanceTimersByTimeAsync(15_000)
  expect(listener.listening).toBe(true)
  expect(seen.gaps).toBe(2)
  const ended_at = Date.now()
  opened[1]?.end()
  await vi.advanceTimersByTimeAsync(1_000)
  expect((seen.tries.at(-1) ?? 0) - ended_at).toBe(250) // short again after a success
  listener.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(opened).toHaveLength(3) // a stopped listener stays stopped
})

it('opens no second stream when the last hub leaves while a stream is being opened', async () => {
  let opened = 0
  const open = async () => {
    opened += 1
    await new Promise((resolve) => setTimeout(resolve, 20))
    return {
      ended: new Promise<void>(() => undefined),
      heard_at: Date.now(),
      opened_at: Date.now(),
      close: () => undefined,
    }
  }
  const listener = new Listener({
    open,
    onMessage: () => undefined,
    onGap: () => undefined,
    ping: async () => undefined,
  })
  const alarm = listener.start().then(() => listener.tick())
  listener.stop()
  await alarm
  expect(opened).toBe(1)
})
