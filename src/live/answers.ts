import * as z from 'zod'
import { instant } from '../lib/answers.ts'
import { examples } from '../lib/examples.ts'
import { id } from '../lib/fields.ts'
import { event } from './event.ts'
import { kind } from './notification.ts'

/** The messages that the server sends over a socket; those of clients are in protocol.ts. See docs/live.md. */

const seq = z.int().min(0)

export const Notification = z
  .object({
    id,
    user_id: id,
    seq: seq.meta({
      description:
        'Its version, and its place in the stream. It changes when the notification is read or its task is transferred',
    }),
    kind,
    project_id: id,
    task_id: id.nullable().meta({ description: 'null if it is about a project, or about `data.count` tasks at once' }),
    actor_id: id.nullable().meta({ description: 'Who did it; null: FlowTrack itself' }),
    event_seq: seq.nullable().meta({
      description: '`seq` of the event that caused it; null if none did (reminders, after a transfer)',
    }),
    data: z.record(z.string(), z.unknown()).meta({
      description:
        'Facts to show: number, title, project_key, project_name, …; `count` in place of number and title if several tasks moved because their column was deleted',
    }),
    read_at: instant.nullable(),
    created_at: instant,
    actor: z.object({ id, name: z.string(), avatar_url: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Notification', example: examples.notification })

export type Notification = z.infer<typeof Notification>

/** An event of the journal, as its readers get it. */
export const Event = event.meta({ id: 'Event', example: examples.event })

/**
 * An event as sockets send it: fields of `data` and `changes` that would make the frame too long are left out, and
 * named in `truncated`.
 */
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
  .meta({ id: 'ServerMessage', description: 'What the server sends over a socket: JSON text frames' })
export type ServerMessage = z.infer<typeof ServerMessage>
