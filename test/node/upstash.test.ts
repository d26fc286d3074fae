import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { Redis } from '@upstash/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstashBridge, type UpstashBridge } from '../../local/upstash.ts'
import { control, eventsOf, take } from '../support/local.ts'

const redisUrl = process.env.REDIS_URL
let bridge: UpstashBridge

function openLane(name: string) {
  const base = `${bridge.url}/t/${name}`
  return { base, redis: new Redis({ url: base, token: bridge.token, retry: { retries: 0 } }) }
}
/** A name for a key or channel that only one test uses, as the server may be shared. */
const uniqueName = (name: string) => `${name}:${randomUUID()}`
const authorized = { authorization: 'Bearer secret' }
const open = (base: string, path: string) => fetch(`${base}/${path}`, { headers: authorized })

beforeAll(async () => {
  bridge = await startUpstashBridge({ redisUrl, token: 'secret' })
})
afterAll(() => bridge.close())

describe('the Upstash bridge, through the real driver', () => {
  test('stores values with their expiry', async () => {
    const { redis } = openLane('values')
    const key = uniqueName('card')
    expect(await redis.set(key, { title: 'Füße ✓', n: [1] }, { ex: 60 })).toBe('OK')
    expect(await redis.get(key)).toEqual({ title: 'Füße ✓', n: [1] })
    expect(await redis.ttl(key)).toSatisfy((ttl) => ttl > 50 && ttl <= 60)
    expect(await redis.set(key, 'other', { nx: true })).toBeNull()
    expect(await redis.get(uniqueName('nothing'))).toBeNull()
    const hash = uniqueName('hash')
    await redis.hset(hash, { a: 1, b: 'x' })
    expect(await redis.hgetall(hash)).toEqual({ a: 1, b: 'x' })
  })

  test('sets an expiry with NX only where there is none', async () => {
    const { redis } = openLane('expire-once')
    const key = uniqueName('count')
    await redis.incr(key)
    expect(await redis.pexpire(key, 60_000, 'NX')).toBe(1)
    expect(await redis.pexpire(key, 90_000, 'NX')).toBe(0)
    expect(await redis.pttl(key)).toBeLessThanOrEqual(60_000)
    expect(await redis.expire(key, 90)).toBe(1)
    expect(await redis.pttl(key)).toBeGreaterThan(60_000)
  })

  test('returns the stored text OK unchanged, also inside a list', async () => {
    const { redis } = openLane('ok')
    const key = uniqueName('ok')
    await redis.set(key, 'OK')
    expect(await redis.get(key)).toBe('OK')
    expect(await redis.mget(key, uniqueName('nothing'))).toEqual(['OK', null])
  })

  test('runs a pipeline as one request and reports errors one by one', async () => {
    const { redis, base } = openLane('pipeline')
    const key = uniqueName('list')
    const pipeline = redis.pipeline().rpush(key, 'a', 'b').eval('return redis.error_reply("ERR no")', [], []).llen(key)
    const results = await pipeline.exec({ keepErrors: true })
    expect(results).toMatchObject([{ result: 2 }, { error: expect.stringContaining('no') }, { result: 2 }])
    expect(await control(base)).toMatchObject({ requests: 1, commands: 3 })
  })

  test('runs multi-exec as one transaction', async () => {
    const { redis } = openLane('multi')
    const key = uniqueName('count')
    expect(await redis.multi().set(key, 1).incr(key).get(key).exec()).toEqual(['OK', 2, 2])
  })

  test('runs Lua scripts, by text and by hash', async () => {
    const { redis } = openLane('lua')
    const key = uniqueName('limit')
    const limit = redis.createScript<[number, number]>(
      `local n = redis.call('INCR', KEYS[1])
       if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
       return {n, redis.call('PTTL', KEYS[1])}`,
    )
    const [first, ttl] = await limit.exec([key], ['60000'])
    const [second] = await limit.exec([key], ['60000'])
    expect([first, second]).toEqual([1, 2])
    expect(ttl).toBeGreaterThan(50_000)
    const sha = await redis.scriptLoad('return ARGV[1]')
    expect(await redis.evalsha(sha, [], ['hello'])).toBe('hello')
    await expect(redis.evalsha('0'.repeat(40), [], [])).rejects.toThrow(/NOSCRIPT/)
  })

  test('reads TIME from the same clock in commands and in scripts', async () => {
    const { redis } = openLane('clock')
    const ask = (from: 'script' | 'command') =>
      from === 'script' ? redis.eval<[], [string, string]>("return redis.call('time')", [], []) : redis.time()
    const began = Date.now()
    while (Date.now() < began + 1_100) {
      for (const from of ['script', 'command'] as const) {
        const before = Date.now()
        const [seconds, microseconds] = (await ask(from)).map(Number) as [number, number]
        const said = seconds * 1_000 + microseconds / 1_000
        expect(said).toBeGreaterThan(before - 1)
        expect(said).toBeLessThan(Date.now() + 1)
      }
    }
  })

  test('passes on errors of Redis, and refuses commands that would change the shared connection', async () => {
    const { redis } = openLane('refusals')
    await expect(redis.exec(['NOSUCH', 'x'])).rejects.toThrow(/unknown command/)
    await expect(redis.exec(['SUBSCRIBE', 'x'])).rejects.toThrow(/not available/)
    expect(await redis.ping()).toBe('PONG')
  })

  test('delivers what is published to the driver’s subscriber', async () => {
    const { redis } = openLane('driver-subscribe')
    const channel = uniqueName('board')
    const subscriber = redis.subscribe<{ seq: number }>(channel)
    await new Promise<void>((done) => subscriber.on('subscribe', () => done()))
    const received = new Promise((done) => subscriber.on('message', ({ message }) => done(message)))
    expect(await redis.publish(channel, { seq: 1 })).toBe(1)
    expect(await received).toEqual({ seq: 1 })
    await subscriber.unsubscribe()
  })
})

describe('the Upstash bridge, by plain HTTP', () => {
  test('accepts commands in the path, the query and the body', async () => {
    const key = uniqueName('path')
    const call = async (path: string, init = {}) =>
      (await fetch(`${bridge.url}/${path}`, { headers: authorized, ...init })).json()
    expect(await call(`set/${key}/a%20b?EX=100`)).toEqual({ result: 'OK' })
    expect(await call(`get/${key}`)).toEqual({ result: 'a b' })
    expect(await call(`ttl/${key}`)).toEqual({ result: expect.toSatisfy((ttl) => ttl > 90 && ttl <= 100) })
    expect(await call(`set/${key}?EX=50`, { method: 'POST', body: '{"x":1}' })).toEqual({ result: 'OK' })
    expect(await call(`get/${key}?_token=secret`, { headers: {} })).toEqual({ result: '{"x":1}' })
    expect(await call(`ttl/${key}`)).toEqual({ result: expect.toSatisfy((ttl) => ttl > 40 && ttl <= 50) })
  })

  test('encodes every text as base64 on request, but not a plain reply of OK', async () => {
    const key = uniqueName('base64')
    const headers = { ...authorized, 'upstash-encoding': 'base64' }
    const body = JSON.stringify([
      ['SET', key, 'grün'],
      ['GET', key],
      ['MGET', key, 'no:such'],
      ['EXISTS', key],
    ])
    const response = await fetch(`${bridge.url}/pipeline`, { method: 'POST', headers, body })
    const text = Buffer.from('grün').toString('base64')
    expect(await response.json()).toEqual([{ result: 'OK' }, { result: text }, { result: [text, null] }, { result: 1 }])
  })

  test('returns 401 without the right token', async () => {
    for (const authorization of ['', 'Bearer wrong']) {
      const response = await fetch(`${bridge.url}/get/x`, { headers: { authorization } })
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ error: expect.any(String) })
    }
  })

  test('returns 400 for a body that is not a command', async () => {
    for (const body of ['', '{}', '[]', '[["GET"]]', '[{"a":1}]']) {
      const response = await fetch(bridge.url, { method: 'POST', headers: authorized, body })
      expect([body, response.status]).toEqual([body, 400])
      expect(await response.json()).toHaveProperty('error')
    }
  })

  test('streams messages of channels and patterns as server-sent events', async () => {
    const channel = uniqueName('kanban')
    const stream = await open(bridge.url, `subscribe/${channel}`)
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const [messages, matches] = [eventsOf(stream), eventsOf(await open(bridge.url, `psubscribe/${channel}*`))]
    expect(await take(messages, 1)).toEqual([`subscribe,${channel},1`])
    expect(await take(matches, 1)).toEqual([`psubscribe,${channel}*,1`])
    await open(bridge.url, `publish/${channel}/one%2C%20two`)
    expect(await take(messages, 1)).toEqual([`message,${channel},one, two`])
    expect(await take(matches, 1)).toEqual([`pmessage,${channel}*,${channel},one, two`])
    await Promise.all([messages.return(), matches.return()])
  })

  test('removes a subscriber that disconnects', async () => {
    const { base, redis } = openLane('left')
    const channel = uniqueName('left')
    const events = eventsOf(await open(base, `subscribe/${channel}`))
    await take(events, 1)
    expect(await redis.publish(channel, 'x')).toBe(1)
    await events.return()
    await expect.poll(() => redis.publish(channel, 'x')).toBe(0)
    expect((await control(base)).streams).toBe(0)
  })

  test('refuses to listen on an address other than loopback', async () => {
    await expect(startUpstashBridge({ token: 'x', host: '0.0.0.0' })).rejects.toThrow(/127\.0\.0\.1/)
  })
})

describe('faults of the Upstash bridge', () => {
  test('affect one lane only', async () => {
    const [good, bad] = [openLane('good'), openLane('bad')]
    await control(bad.base, { down: true })
    await expect(bad.redis.ping()).rejects.toThrow()
    expect(await good.redis.ping()).toBe('PONG')
    expect(await control(bad.base)).toMatchObject({ requests: 1, commands: 0, injected: { down: 1 } })
    expect(await control(good.base)).toMatchObject({ requests: 1, commands: 1, injected: {} })
  })

  test('include commit_then_drop, which loses the answer of a write, and error, which prevents the write', async () => {
    const { base, redis } = openLane('late')
    const key = uniqueName('late')
    await control(base, { commit_then_drop: 1 })
    await expect(redis.incr(key)).rejects.toThrow()
    await control(base, { commit_then_drop: 0, error: 1 })
    await expect(redis.incr(key)).rejects.toThrow(/injected/)
    await control(base, { error: 0 })
    expect(await redis.get(key)).toBe(1)
  })

  test('can lose, duplicate and delay published messages', async () => {
    const { base, redis } = openLane('pubsub')
    const channel = uniqueName('spoilt')
    const events = eventsOf(await open(base, `subscribe/${channel}`))
    await take(events, 1)
    const message = (text: string) => `message,${channel},${text}`
    await control(base, { pubsub: { lose: 1 } })
    await redis.publish(channel, 'lost')
    await control(base, { pubsub: { duplicate: 1 } })
    await redis.publish(channel, 'twice')
    expect(await take(events, 2)).toEqual([message('twice'), message('twice')])
    await control(base, { seed: 1, pubsub: { reorder: 1, reorder_ms: 2_000 } })
    await redis.publish(channel, 'late')
    await control(base, { pubsub: {} })
    await redis.publish(channel, 'prompt')
    expect(await take(events, 2)).toEqual([message('prompt'), message('late')])
    expect((await control(base)).injected).toEqual({ lose: 1, duplicate: 1, reorder: 1 })
    await events.return()
  })

  test('include half_open, which keeps streams open but silent, and close_streams, which ends them', async () => {
    const { base, redis } = openLane('half')
    const channel = uniqueName('half')
    const events = eventsOf(await open(base, `subscribe/${channel}`))
    await take(events, 1)
    await control(base, { half_open: true })
    await redis.publish(channel, 'unheard')
    await expect.poll(async () => (await control(base)).injected.half_open).toBe(1)
    await control(base, { half_open: false })
    await redis.publish(channel, 'heard')
    expect(await take(events, 1)).toEqual([`message,${channel},heard`])
    await control(base, { close_streams: true })
    expect(await take(events, 1)).toEqual([])
  })
})

describe.runIf(redisUrl)('a Redis server that becomes unreachable', () => {
  test('is reported with 503 at once, ends streams, and is used again after it is back', async () => {
    const target = new URL(redisUrl ?? '')
    const sockets = new Set<Socket>()
    const proxy = createServer((from) => {
      const to = connect(Number(target.port || 6379), target.hostname)
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => {}).on('close', () => other.destroy())
      }
      from.pipe(to).pipe(from)
    })
    const listen = (port: number) => new Promise<void>((done) => proxy.listen(port, '127.0.0.1', () => done()))
    await listen(0)
    const address = proxy.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const through = await startUpstashBridge({ redisUrl: `redis://127.0.0.1:${port}`, token: 'secret' })
    const ping = async () => (await open(through.url, 'ping')).status
    const events = eventsOf(await open(through.url, 'subscribe/away'))
    await take(events, 1)
    expect(await ping()).toBe(200)

    const closed = new Promise((done) => proxy.close(done))
    for (const socket of sockets) socket.destroy()
    await closed
    expect(await take(events, 1)).toEqual([])
    const lost = await open(through.url, 'ping')
    expect([lost.status, await lost.json()]).toEqual([503, { error: expect.stringContaining("can't be reached") }])
    expect((await open(through.url, 'subscribe/away')).status).toBe(503)

    await listen(port)
    await expect.poll(ping).toBe(200)
    await through.close()
    await new Promise((done) => proxy.close(done))
  })
})

test('refuses to start with an unreachable Redis', async () => {
  const start = startUpstashBridge({ redisUrl: 'redis://127.0.0.1:1', token: 'x' })
  await expect(start).rejects.toThrow(/ECONNREFUSED/)
})
