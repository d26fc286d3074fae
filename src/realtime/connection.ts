import { z } from 'zod'
import type { ServerMessage } from './protocol.ts'

/** What the Worker hands to the hub with an upgrade that it has authorised. */
export const Join = z.object({
  project_id: z.uuid(),
  user_id: z.uuid(),
  session_id: z.uuid(),
  /** When the socket's token ends: milliseconds since 1970. */
  expires_at: z.number(),
  epoch: z.uuid(),
  head: z.number(),
  since: z.number().nullable(),
  snapshot_required: z.boolean(),
})
export type Join = z.infer<typeof Join>

export const JOIN_HEADER = 'FlowTrack-Join'

/** What a hub knows of a socket. It is kept in the socket's attachment, and so outlives hibernation. */
export type Connection = {
  project_id: string
  user_id: string
  session_id: string
  connection_id: string
  expires_at: number
  /** The last seq that was sent. */
  seq: number
  /** The seq to reach before the socket is live; null once it is. */
  syncing_to: number | null
  /** Opened with `since`: is told when the replay is over. */
  resumed: boolean
}

export const connectionOf = (socket: WebSocket): Connection => socket.deserializeAttachment()

/** Changes part of what is known of a socket. */
export function update(socket: WebSocket, change: Partial<Connection>): Connection {
  const connection = { ...connectionOf(socket), ...change }
  socket.serializeAttachment(connection)
  return connection
}

/** Sends, unless the socket is closing: getWebSockets() may still list those. */
export function send(socket: WebSocket, message: ServerMessage | string): void {
  if (socket.readyState !== WebSocket.READY_STATE_OPEN) return
  socket.send(typeof message === 'string' ? message : JSON.stringify(message))
}

/** Closes, unless that is under way. `reason` stays below 123 bytes (RFC 6455, 5.5). */
export function close(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState === WebSocket.READY_STATE_OPEN) socket.close(code, reason)
}
