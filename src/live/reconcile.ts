import type { Connection, SocketState } from './connection.ts'
import { CLOSE, DELETED, REMOVED, SESSION_ENDED } from './protocol.ts'
import type { readAccess } from './replay.ts'
import type { Sockets } from './sockets.ts'

type Truth = Awaited<ReturnType<typeof readAccess>>

/** Why a session or a key gives no access any more, as far as a look at the database tells. */
export const signedOut = ({ by_key }: SocketState) =>
  by_key ? 'Your API key was revoked or has expired' : SESSION_ENDED

/** Closes those of the sockets asked about that may not stay: the project, their access or the epoch is gone. */
export function endSockets(
  sockets: Sockets,
  asked: [WebSocket, Connection][],
  { head, epoch, ended, signed_out }: Truth,
): void {
  for (const [socket, held] of asked) {
    if (head === null) sockets.close(socket, CLOSE.project_gone, DELETED)
    else if (signed_out.includes(held.session_id)) sockets.close(socket, CLOSE.access_ended, signedOut(held))
    else if (ended.includes(held.session_id)) sockets.close(socket, CLOSE.access_ended, REMOVED)
    else if (held.epoch !== epoch) sockets.close(socket, CLOSE.restored, 'The board was restored: read it again')
  }
}
