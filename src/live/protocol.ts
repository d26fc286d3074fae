import * as z from 'zod'
import { examples } from '../lib/examples.ts'
import { Notification } from './notification.ts'

/** The whole socket protocol: the messages of both sides, and why a socket closes. docs/live.md explains it. */

const seq = z.int().min(0)
const fields = z.record(z.string(), z.unknown())

/** One row of a project's journal. `data` is the row as it became, `changes` is `{field: [old, new]}`. */
export const Event = z
  .object({
    project_id: z.uuid(),
    seq,
    user_id: z.uuid().nullable(),
    action: z.string(),
    entity: z.string(),
    entity_id: z.uuid(),
    task_id: z.uuid().nullable(),
    changes: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
    data: fields,
    request_id: z.string().nullable(),
    created_at: z.iso.datetime(),
    api_key: z
      .string()
      .nullable()
      .meta({ description: 'Name of the API key that acted; null: a person who is signed in, or the system' }),
  })
  .meta({ id: 'Event', example: examples.event })
export type Event = z.infer<typeof Event>

/** An event as sockets send it: fields of `data` and `changes` that would make it too long a frame are left out, and named. */
export const SentEvent = Event.extend({ truncated: z.array(z.string()).optional() }).meta({ id: 'SentEvent' })
export type SentEvent = z.infer<typeof SentEvent>

/** Somebody who is on the board, and the card that they have open. */
const Viewer = z.object({ user_id: z.uuid(), task_id: z.uuid().nullable() })

/** Server → client. */
export const ServerMessage = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('hello'),
      epoch: z.uuid(),
      seq,
      region: z.string(),
      connection_id: z.uuid(),
      expires_at: z.iso.datetime(),
    }),
    SentEvent.extend({ type: z.literal('event') }),
    z.object({ type: z.literal('events'), events: z.array(SentEvent) }),
    Notification.extend({ type: z.literal('notification') }),
    z.object({ type: z.literal('notifications'), items: z.array(Notification) }),
    z.object({ type: z.literal('replayed'), seq }),
    z.object({ type: z.literal('snapshot_required'), seq }),
    z.object({ type: z.literal('presence'), users: z.array(Viewer) }),
    z.object({ type: z.literal('authenticated'), expires_at: z.iso.datetime() }),
    z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
    z.object({ type: z.literal('bye'), code: z.int(), reason: z.string() }),
  ])
  .meta({ id: 'ServerMessage', description: 'What a socket says: JSON text frames' })
export type ServerMessage = z.infer<typeof ServerMessage>

/** Client → server. The bare text `ping` is answered `pong` without waking the hub. */
export const ClientMessage = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('auth'), access: z.string().max(4096) }),
    z.strictObject({ type: z.literal('presence'), task_id: z.uuid().nullable().default(null) }),
  ])
  .meta({
    id: 'ClientMessage',
    unusedIO: 'input',
    description: 'What a client may send; the plain text `ping` returns `pong`',
  })
export type ClientMessage = z.infer<typeof ClientMessage>

/** Longer than any message that we know: what comes on top is not even parsed. */
const MAX_MESSAGE = 8 * 1024

/** What a client said; undefined when it is no message of this protocol. */
export function parseClientMessage(message: string | ArrayBuffer): ClientMessage | undefined {
  if (typeof message !== 'string' || message.length > MAX_MESSAGE) return undefined
  try {
    return ClientMessage.safeParse(JSON.parse(message)).data
  } catch {
    return undefined
  }
}

/** Why a socket closes: codes of our own (RFC 6455, 7.4.2), and 1012, the registry's "service restart". */
export const CLOSE = {
  restored: 1012,
  token_expired: 4401,
  access_ended: 4403,
  project_gone: 4404,
  too_slow: 4408,
  too_many_messages: 4429,
  too_many_sockets: 4430,
} as const

/** What a person is told whose access to one board has ended. */
export const REMOVED = 'You were removed from the project'
export const DELETED = 'The project was deleted'
export const SURPLUS = 'You have newer sockets: open another by hand'
export const SESSION_ENDED = 'Your session was ended'

/** The journal event after which a socket's user is no longer a member. */
export const endsAccess = (event: Event, user_id: string) =>
  event.action === 'member.removed' && event.data.user_id === user_id
