import * as z from 'zod'
import { event } from '../event.ts'

/**
 * What travels on the channel between regions. `origin` is the place whose own hub was called
 * by RPC already. Events of a shape that we don't know, from another release, count as not sent: the
 * journal has them.
 */
const News = z.object({
  project_id: z.uuid(),
  head: z.int().min(0),
  events: z.array(event).catch([]),
  origin: z.string().optional(),
})
/** Projects whose hubs must ask the database. `look` keeps its old name, because two releases listen to each other. */
const Recheck = z.object({ look: z.array(z.uuid()), origin: z.string().optional() })
const Person = z.object({ user_id: z.uuid(), task_id: z.uuid().nullable(), at: z.number() })
/** The people on each board in the region `origin`, as of `at`. It is no journal event, and is never stored. */
const Presence = z.object({
  presence: z.array(z.object({ project_id: z.uuid(), users: z.array(Person) })),
  origin: z.string(),
  at: z.number(),
})
export type Presence = z.infer<typeof Presence>
const Ping = z.object({ ping: z.string() })

export const RelayMessage = z.union([News, Recheck, Presence, Ping])
export type RelayMessage = z.infer<typeof RelayMessage>

/** What one event of the stream means. `unknown` is logged and ignored. `size`: the characters of the event. */
export type StreamEvent = { kind: 'subscribed' | 'unknown' } | { kind: 'message'; message: RelayMessage; size: number }

/** Reads `subscribe,<channel>,<count>` and `message,<channel>,<payload>`, as Upstash writes them. Never throws. */
export function parseStreamEvent(event: string, channel: string): StreamEvent {
  if (event.startsWith(`subscribe,${channel},`)) return { kind: 'subscribed' }
  const prefix = `message,${channel},`
  if (!event.startsWith(prefix)) return { kind: 'unknown' }
  try {
    const message = RelayMessage.safeParse(JSON.parse(event.slice(prefix.length))).data
    return message ? { kind: 'message', message, size: event.length } : { kind: 'unknown' }
  } catch {
    return { kind: 'unknown' }
  }
}
