import type { Config } from '../../config/config.ts'
import { log } from '../../lib/log.ts'
import { parseStreamEvent, type RelayMessage } from './message.ts'
import { newSseReader } from './sse.ts'
import type { StreamTimes } from './timing.ts'

/** How long a subscription may take to be confirmed, in milliseconds. */
const CONFIRM_MS = 5_000

/** One open subscription. `ended` resolves when it brings no more, and never rejects. */
export type Stream = StreamTimes & { ended: Promise<void>; close(): void }

export type OnMessage = (message: RelayMessage, size: number) => void

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = newSseReader()
  for await (const bytes of body) yield* reader.push(bytes)
}

/**
 * Subscribes to a Redis channel over Upstash's REST API, and resolves once that is confirmed; rejects if it is not
 * within CONFIRM_MS. We read the stream ourselves, as the Subscriber of @upstash/redis neither reconnects nor reports
 * it when its stream ends.
 */
export async function openStream(config: Config, channel: string, onMessage: OnMessage): Promise<Stream> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = config
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(new Error('The subscription was not confirmed in time')), CONFIRM_MS)
  const times = { opened_at: Date.now(), heard_at: 0 }
  try {
    const response = await fetch(new URL(`${url}/subscribe/${channel}`), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' },
      signal: abort.signal,
    })
    if (!response.ok || !response.body) throw new Error(`Redis did not open the subscription: ${response.status}`)
    const events = eventsOf(response.body)
    await untilConfirmed(events, channel)
    const ended = listen(events, channel, (message, size) => {
      times.heard_at = Date.now()
      onMessage(message, size)
    })
    return Object.assign(times, { ended, close: () => abort.abort() })
  } catch (error) {
    abort.abort()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function untilConfirmed(events: AsyncGenerator<string>, channel: string): Promise<void> {
  for (;;) {
    const { value, done } = await events.next()
    if (done) throw new Error('The subscription ended before it was confirmed')
    if (parseStreamEvent(value, channel).kind === 'subscribed') return
  }
}

async function listen(events: AsyncGenerator<string>, channel: string, onMessage: OnMessage): Promise<void> {
  try {
    for await (const event of events) {
      const parsed = parseStreamEvent(event, channel)
      if (parsed.kind === 'message') onMessage(parsed.message, parsed.size)
      else if (parsed.kind === 'unknown') log.warn('relay_message_ignored', { channel, length: event.length })
    }
  } catch {
    // cut off, by us or by the network: the listener sees that it has ended
  }
}
