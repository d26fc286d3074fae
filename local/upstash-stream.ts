import type { ServerResponse } from 'node:http'
import type { BridgeRequest, Reply } from './bridge.ts'
import { decideDelivery } from './faults.ts'
import { countInjected, type Lane } from './lanes.ts'
import type { PubSubEvent, RedisBackend, Subscription } from './redis.ts'

function write(response: ServerResponse, event: PubSubEvent): void {
  if (response.writableEnded || response.destroyed) return
  // A line break in a payload would end the field: server-sent events repeat `data:` instead.
  const lines = event.join(',').split(/\r\n|\r|\n/)
  response.write(`${lines.map((line) => `data: ${line}`).join('\n')}\n\n`)
}

/** Writes one event to the client; the lane's faults may lose, repeat or delay it. */
function deliver(lane: Lane, response: ServerResponse, timers: Set<NodeJS.Timeout>, event: PubSubEvent): void {
  const { delays, injected } = decideDelivery(lane.faults, lane.dice)
  for (const kind of injected) countInjected(lane, kind)
  for (const delay of delays) {
    if (delay === 0) {
      write(response, event)
      continue
    }
    const timer = setTimeout(() => {
      timers.delete(timer)
      write(response, event)
    }, delay)
    timers.add(timer)
  }
}

/**
 * `/subscribe/<channel>…` and `/psubscribe/<pattern>…` as server-sent events, until the client
 * leaves, Redis goes away or the lane's `close_streams` ends it:
 * https://upstash.com/docs/redis/features/restapi (Subscribe & Publish Commands).
 */
export async function streamEvents(
  backend: RedisBackend,
  { lane, response }: BridgeRequest,
  kind: 'subscribe' | 'psubscribe',
  names: string[],
): Promise<Reply> {
  if (names.length === 0 || names.includes(''))
    return { status: 400, body: { error: `ERR wrong number of arguments for '${kind}' command` } }
  const timers = new Set<NodeJS.Timeout>()
  let subscription: Subscription | undefined
  const end = () => response.end()
  response.on('close', () => {
    subscription?.end()
    lane.streams.delete(end)
    for (const timer of timers) clearTimeout(timer)
  })
  const onEvent = (event: PubSubEvent) => {
    if (!response.headersSent) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
      response.flushHeaders()
      lane.streams.add(end)
    }
    const isNotice = event[0] === kind
    if (isNotice && !lane.faults.half_open) write(response, event)
    else deliver(lane, response, timers, event)
  }
  lane.units += 1
  try {
    subscription = await backend.subscribe(kind, names, onEvent, end)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { status: 503, body: { error: `Redis can't be reached: ${message}` } }
  }
  if (response.destroyed) subscription.end()
  return null
}
