import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { type RetryOptions, withRetry } from './retry.ts'

const KEYED = { method: 'POST', headers: { 'Idempotency-Key': 'k1' }, body: '{"title":"Once"}' }
const URL = 'https://api.test/tasks'

type Turn = Response | Error
const problem = (status: number, code: string, headers = {}) => Response.json({ code }, { status, headers })
const lost = () => new TypeError('fetch failed')

/** A server that gives these answers in turn, and what it and the clock saw. */
function server(turns: Turn[], options: RetryOptions = {}) {
  const seen: { key: string | null; body: string }[] = []
  const waits: number[] = []
  const send = withRetry({
    random: () => 1,
    sleep: async (ms) => void waits.push(ms),
    ...options,
    fetch: async (input) => {
      const request = input as Request
      seen.push({ key: request.headers.get('Idempotency-Key'), body: await request.text() })
      const turn = turns[seen.length - 1] ?? Response.json({ ok: true }, { status: 201 })
      if (turn instanceof Error) throw turn
      return turn
    },
  })
  return { send, seen, waits }
}

it('repeats a keyed write with the same key and body until a response arrives', async () => {
  const { send, seen } = server([lost(), problem(503, 'unavailable'), problem(502, ''), problem(504, '')])
  expect((await send(URL, KEYED)).status).toBe(201)
  expect(seen).toEqual(Array.from({ length: 5 }, () => ({ key: 'k1', body: KEYED.body })))
})

it('does not repeat a write without an idempotency key, or on a route that ignores the key', async () => {
  for (const [url, init] of [
    [URL, { method: 'POST', body: '{}' }],
    [URL, {}],
    [`${URL}/1`, { ...KEYED, method: 'PATCH' }],
    [`${URL}/1`, { method: 'DELETE', headers: KEYED.headers }],
  ] as const) {
    const broken = server([lost()])
    await expect(broken.send(url, init)).rejects.toThrow('fetch failed')
    const down = server([problem(503, 'unavailable')])
    expect((await down.send(url, init)).status).toBe(503)
    expect([broken.seen.length, down.seen.length]).toEqual([1, 1])
  }
})

it('repeats a keyed move', async () => {
  const { send, seen } = server([lost()])
  expect((await send(`${URL}/1/move?status=done`, { ...KEYED, method: 'PATCH' })).status).toBe(201)
  expect(seen).toHaveLength(2)
})

it('waits as long as Retry-After says when the first attempt is still in progress', async () => {
  const { send, seen, waits } = server([problem(409, 'idempotency_in_flight', { 'Retry-After': '2' })])
  expect((await send(URL, KEYED)).status).toBe(201)
  expect(seen).toHaveLength(2)
  expect(waits).toEqual([2_200])
})

it('returns an error response without a retry, and its body can still be read', async () => {
  for (const [status, code] of [
    [409, 'wip_limit_reached'],
    [422, 'idempotency_key_reused'],
    [401, 'token_expired'],
    [429, 'rate_limited'],
    [500, 'internal'],
  ] as const) {
    const { send, seen } = server([problem(status, code)])
    const response = await send(URL, KEYED)
    expect([response.status, await response.json(), seen.length]).toEqual([status, { code }, 1])
  }
})

it('increases the wait after each failure up to a maximum, and fails after the last attempt', async () => {
  const failures = Array.from({ length: 9 }, lost)
  const { send, seen, waits } = server(failures, { attempts: 8 })
  await expect(send(URL, KEYED)).rejects.toBe(failures[7])
  expect(seen).toHaveLength(8)
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000])
})

it('waits for a random fraction of each backoff time', async () => {
  const { send, waits } = server([lost(), lost()], { random: () => 0.25 })
  await send(URL, KEYED)
  expect(waits).toEqual([50, 100])
})

it('returns the response without a retry when Retry-After exceeds the longest allowed wait', async () => {
  const { send, seen } = server([problem(503, 'unavailable', { 'Retry-After': '3600' })])
  expect((await send(URL, KEYED)).status).toBe(503)
  expect(seen).toHaveLength(1)
})

it('repeats a keyed write that gets no response before the timeout', async () => {
  let sent = 0
  const send = withRetry({
    timeout_ms: 20,
    sleep: async () => undefined,
    fetch: (input) => {
      sent += 1
      if (sent > 1) return Promise.resolve(new Response(null, { status: 201 }))
      const { signal } = input as Request
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  expect((await send(URL, KEYED)).status).toBe(201)
  expect(sent).toBe(2)
})

it('repeats it also if memory is collected before the timeout', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let sent = 0
  const send = withRetry({
    timeout_ms: 50,
    sleep: async () => undefined,
    fetch: (input) => {
      sent += 1
      if (sent > 1) return Promise.resolve(new Response(null, { status: 201 }))
      const { signal } = input as Request
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  const answer = send(URL, KEYED)
  for (let n = 0; n < 3; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    collect()
  }
  expect((await answer).status).toBe(201)
}, 20_000)

it('stops retrying at once when the caller aborts the request', async () => {
  const controller = new AbortController()
  const { send, seen } = server([lost()], { sleep: async () => controller.abort() })
  await expect(send(URL, { ...KEYED, signal: controller.signal })).rejects.toThrow('aborted')
  expect(seen).toHaveLength(1)
})
