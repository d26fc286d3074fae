import * as z from 'zod'
import type { ServerMessage } from './answers.ts'
import { PLACES, type Place } from './places.ts'

/** What the Worker sends to a person's hub with an upgrade that it has authorized. */
export const InboxJoin = z.object({
  /** Where the socket is served: an object can't know by itself. */
  place: z.enum(PLACES),
  user_id: z.uuid(),
  /** The id of the session, or of the API key. */
  session_id: z.uuid(),
  by_key: z.boolean(),
  /**
   * When the socket's access token or API key expires, in milliseconds since 1970; for a key, in a year at the latest.
   */
  expires_at: z.number(),
  epoch: z.uuid(),
  head: z.number(),
  /** The seq after which replay begins; null when the client asked for none. */
  since: z.number().nullable(),
  /** Whether the client must read the state again, as the replay cannot begin at `since`. */
  snapshot_required: z.boolean(),
})
export type InboxJoin = z.infer<typeof InboxJoin>

/** What the Worker sends to a project's hub with an upgrade that it has authorized. */
export const Join = InboxJoin.extend({ project_id: z.uuid() })
export type Join = z.infer<typeof Join>

export const JOIN_HEADER = 'FlowTrack-Join'

/** What a hub knows of a socket. It is kept in the socket's attachment, and so outlives hibernation. */
export type SocketState = {
  place: Place
  user_id: string
  session_id: string
  by_key?: boolean
  connection_id: string
  epoch: string
  expires_at: number
  /** When it was opened, in milliseconds since 1970. */
  came_at: number
  /** The last seq that was sent. */
  seq: number
  /**
   * While the socket catches up: the head at which access was checked or, if it missed events later, its own seq then.
   * Null once it is live.
   */
  syncing_to: number | null
  /** Whether it was opened with `since`, and has not been told yet that the replay is over. */
  resumed: boolean
  /** Whether we have closed it. workerd itself forgets that after two hibernations, if the client never answers. */
  closing?: boolean
}
export type Connection = SocketState & {
  project_id: string
  /** The card that its client looks at, and when it said so (at first: when it came), in milliseconds. */
  task_id: string | null
  looked_at: number
  /** A fingerprint of the last list of people that it was sent. */
  shown?: number
}

/** The first state of a socket that joins. */
export function socketStateFrom(join: InboxJoin): SocketState {
  const { place, user_id, session_id, by_key, expires_at, epoch, head, since, snapshot_required } = join
  const replay = since !== null && !snapshot_required
  return {
    place,
    user_id,
    session_id,
    by_key,
    connection_id: crypto.randomUUID(),
    epoch,
    expires_at,
    came_at: Date.now(),
    seq: replay ? since : head,
    syncing_to: head,
    resumed: replay,
  }
}

export const connectionOf = (join: Join): Connection => ({
  project_id: join.project_id,
  task_id: null,
  looked_at: Date.now(),
  ...socketStateFrom(join),
})

/** The first messages to a socket: `hello`, then `more`, then `snapshot_required` if that is so. */
export function greetingOf(
  { head, snapshot_required }: InboxJoin,
  { place, epoch, connection_id, expires_at }: SocketState,
  ...more: ServerMessage[]
): ServerMessage[] {
  const expiry = new Date(expires_at).toISOString()
  const hello = { type: 'hello', epoch, seq: head, region: place, connection_id, expires_at: expiry } as const
  return [hello, ...more, ...(snapshot_required ? [{ type: 'snapshot_required', seq: head } as const] : [])]
}
