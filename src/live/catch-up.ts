import { log } from '../lib/log.ts'
import type { Connection } from './connection.ts'
import type { Event } from './event.ts'
import { eventFrame, replayFrames } from './frames.ts'
import { CLOSE, DELETED, endsAccess, REMOVED } from './protocol.ts'
import type { Sockets } from './sockets.ts'

/** The next page of a project's journal after a seq, in order; empty at its end. */
export type ReadJournal = (project_id: string, since: number) => Promise<Event[]>

type Deps = {
  sockets: Sockets
  readJournal: ReadJournal
  /** How far the journal is known to reach. */
  reach: () => number
  /** A socket has caught up, at this seq. */
  onLive: (seq: number) => void
  /** A replay was cut short: it is to be run again. */
  failed: () => void
}

/**
 * Replays the journal to sockets that are behind, page by page, until they are live. Where each
 * one stands is in its attachment: a replay that is cut short goes on from there.
 */
export class CatchUp {
  readonly #deps: Deps
  readonly #running = new Set<WebSocket>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Once at a time for each socket. Never rejects: after a failure the socket waits to be run again. */
  async run(socket: WebSocket): Promise<void> {
    if (this.#running.has(socket)) return
    this.#running.add(socket)
    try {
      while (await this.#page(socket));
    } catch (error) {
      log.warn('replay_failed', { error })
      this.#deps.failed()
    } finally {
      this.#running.delete(socket)
    }
  }

  /** Sends the next page, or makes the socket live when there is none. Whether there may be more. */
  async #page(socket: WebSocket): Promise<boolean> {
    const { sockets, readJournal } = this.#deps
    const before = sockets.get(socket)
    if (!before) return false
    const target = this.#targetOf(before)
    const events = before.seq < target ? await readJournal(before.project_id, before.seq) : []
    const connection = sockets.get(socket) // it may have closed meanwhile
    if (!connection) return false
    if (events.length === 0) return this.#targetOf(connection) > target || this.#goLive(socket, connection)
    this.#send(socket, connection, events)
    return true
  }

  #targetOf({ syncing_to }: Connection): number {
    return Math.max(syncing_to ?? 0, this.#deps.reach())
  }

  /** Sends a page as far as its reader may see: access was checked at `syncing_to`, and may end after it. */
  #send(socket: WebSocket, { resumed, syncing_to, user_id }: Connection, page: Event[]): void {
    const { sockets } = this.#deps
    const end = page.findIndex((event) => event.seq > (syncing_to ?? 0) && endsAccess(event, user_id))
    const events = end < 0 ? page : page.slice(0, end)
    const last = events.at(-1)
    if (last) {
      for (const frame of resumed ? replayFrames(events) : events.map(eventFrame)) sockets.send(socket, frame)
      sockets.update(socket, { seq: last.seq })
    }
    if (end >= 0) sockets.close(socket, CLOSE.access_ended, REMOVED)
    if (last?.action === 'project.deleted') sockets.close(socket, CLOSE.project_gone, DELETED)
  }

  /** Nothing may be awaited between the check that there is no more and this (I4). */
  #goLive(socket: WebSocket, { seq, resumed }: Connection): false {
    const { sockets, onLive } = this.#deps
    sockets.update(socket, { syncing_to: null, resumed: false })
    if (resumed) sockets.send(socket, { type: 'replayed', seq })
    onLive(seq)
    return false
  }
}
