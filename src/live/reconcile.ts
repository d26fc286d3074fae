import { sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { nothing } from '../db/nothing.ts'
import type { Connection, SocketState } from './connection.ts'
import { CLOSE, DELETED, REMOVED, SESSION_ENDED } from './protocol.ts'
import type { Sockets } from './sockets.ts'

type Session = { user_id: string; session_id: string }

/**
 * The project's head and epoch (null when it is gone), the ids of sessions whose access to it has `ended`, and among
 * these the sessions that are over everywhere (`signed_out`).
 */
export async function readAccess(
  { primary }: Pick<Database, 'primary'>,
  project_id: string,
  holders: readonly Session[],
) {
  const distinct = [...new Map(holders.map((holder) => [holder.session_id, holder])).values()]
  const users = sql.param(distinct.map(({ user_id }) => user_id))
  const sessions = sql.param(distinct.map(({ session_id }) => session_id))
  const [row] = await primary
    .select({
      head: sql<number | null>`(select event_seq from projects where id = ${project_id})`.mapWith(Number),
      epoch: sql<string | null>`(select stream_epoch from projects where id = ${project_id})`,
      ended: sql<
        string[]
      >`array(select s from unnest(${users}::uuid[], ${sessions}::uuid[]) as held(u, s) where not has_access(${project_id}, u, s))`,
      signed_out: sql<
        string[]
      >`array(select s from unnest(${users}::uuid[], ${sessions}::uuid[]) as held(u, s) where not has_session(u, s))`,
    })
    .from(nothing)
  if (!row) throw new Error('A select without a table returned no row')
  return row
}

type CurrentAccess = Awaited<ReturnType<typeof readAccess>>

/** The reason that a client gets when its session or API key has ended, as found by a check of the database. */
export const endReasonOf = ({ by_key }: SocketState) =>
  by_key ? 'Your API key was revoked or has expired' : SESSION_ENDED

/** Closes the sockets of `asked` that may not stay: their project or access is gone, or the epoch has changed. */
export function endSockets(
  sockets: Sockets,
  asked: [WebSocket, Connection][],
  { head, epoch, ended, signed_out }: CurrentAccess,
): void {
  for (const [socket, state] of asked) {
    if (head === null) sockets.close(socket, CLOSE.project_gone, DELETED)
    else if (signed_out.includes(state.session_id)) sockets.close(socket, CLOSE.access_ended, endReasonOf(state))
    else if (ended.includes(state.session_id)) sockets.close(socket, CLOSE.access_ended, REMOVED)
    else if (state.epoch !== epoch) sockets.close(socket, CLOSE.restored, 'The board was restored: read it again')
  }
}
