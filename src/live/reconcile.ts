import type { Connection, SocketState } from './connection.ts'
import { CLOSE, DELETED, REMOVED, SESSION_ENDED } from './protocol.ts'
import type { readAccess } from './replay.ts'
import type { Sockets } from './sockets.ts'

type Truth = Awaited<ReturnType<typeof readAccess>>

/** The reason that a client gets when its session or API key has ended, as found by a check of the database. */
export const endReasonOf = ({ by_key }: SocketState) =>
  by_key ? 'Your API key was revoked or has expired' : SESSION_ENDED

/** Closes the sockets of `asked` that may not stay: their project or access is gone, or the epoch has changed. */
export function endSockets(
  sockets: Sockets,
  asked: [WebSocket, Connection][],
  { head, epoch, ended, signed_out }: Truth,
): void {
  for (const [socket, held] of asked) {
    if (head === null) sockets.close(socket, CLOSE.project_gone, DELETED)
    else if (signed_out.includes(held.session_id)) sockets.close(socket, CLOSE.access_ended, endReasonOf(held))
    else if (ended.includes(held.session_id)) sockets.close(socket, CLOSE.access_ended, REMOVED)
    else if (held.epoch !== epoch) sockets.close(socket, CLOSE.restored, 'The board was restored: read it again')
  }
}
