import * as z from 'zod'
import { id } from '../lib/fields.ts'
import type { Event } from './event.ts'

/** The messages of clients, and why a socket closes. The server's messages are in answers.ts. See docs/live.md. */

/** Client → server. The bare text `ping` is answered `pong` without waking the hub. */
export const ClientMessage = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('auth'), access: z.string().max(4096) }),
    z.strictObject({ type: z.literal('presence'), task_id: id.nullable().default(null) }),
  ])
  .meta({
    id: 'ClientMessage',
    unusedIO: 'input',
    description: 'What a client may send; the plain text `ping` returns `pong`',
  })
export type ClientMessage = z.infer<typeof ClientMessage>

/** In characters: longer than any valid message. A longer one is not parsed. */
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
  refresh: 4401,
  access_ended: 4403,
  project_gone: 4404,
  too_slow: 4408,
  too_many_messages: 4429,
  too_many_sockets: 4430,
} as const

/** Reasons of a close, as clients get them. */
export const REMOVED = 'You were removed from the project'
export const DELETED = 'The project was deleted'
export const TOO_MANY_SOCKETS = 'Too many sockets: close one, then open this again'
export const SESSION_ENDED = 'Your session was ended'

/** Whether the user is no longer a member after this event of the journal. */
export const endsAccess = (event: Event, user_id: string) =>
  event.action === 'member.removed' && event.data.user_id === user_id
