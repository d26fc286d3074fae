import type { Connection } from './connection.ts'
import { CLOSE } from './protocol.ts'
import type { readAccess } from './replay.ts'
import type { Sockets } from './sockets.ts'

type Truth = Awaited<ReturnType<typeof readAccess>>

/** Closes those of the sockets asked about that may not stay: the project, their access or the epoch is gone. */
export function endSockets(sockets: Sockets, asked: [WebSocket, Connection][], { head, epoch, ended }: Truth): void {
  for (const [socket, held] of asked) {
    if (head === null) sockets.close(socket, CLOSE.project_gone, 'The project has been deleted')
    else if (ended.includes(held.session_id)) sockets.close(socket, CLOSE.access_ended, 'Access has ended')
    else if (held.epoch !== epoch) sockets.close(socket, CLOSE.restored, 'The board was restored: read it again')
  }
}
