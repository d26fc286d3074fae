import { log } from '../lib/log.ts'
import type { Connection } from './connection.ts'
import type { Event } from './event.ts'
import { frameOf, replayFramesOf } from './frames.ts'
import { CLOSE, DELETED, endsAccess, REMOVED } from './protocol.ts'
import type { Sockets } from './sockets.ts'

/** The next page of a project's journal after a seq, in order; empty at its end. */
export type ReadJournal = (project_id: string, since: number) => Promise<Event[]>

/** How long a replay waits for a client that does not ping, in milliseconds: it should ping every 10 s. */
const SILENCE_MS = 15_000
/** Characters that a replay leaves free, for the events that come before the next pings. */
const SPARE = 1024 * 1024
/** How often a replay that waits checks whether a ping has come, in milliseconds. */
export const PING_POLL_MS = 100

type Deps = {
  sockets: Sockets
  readJournal: ReadJournal
  /** The highest seq that the journal is known to have. */
  reach: () => number
  /** Called when a socket has caught up, with the seq that it has reached. */
  onLive: (seq: number) => void
  /** Called when a replay has failed: `run` must be called again. */
  onFailure: () => void
}

/**
 * The part of a page of the journal that a socket gets. `last`: its last event; `endsReader`: the event after it ends
 * the access of the reader.
 */
type Page = { frames: string[]; last?: Event; endsReader: boolean }

/** A page up to the event that ends the reader's access, which was checked at `syncing_to` and may end later. */
function pageFor({ resumed, syncing_to, user_id }: Connection, page: Event[]): Page {
  const end = page.findIndex((event) => event.seq > (syncing_to ?? 0) && endsAccess(event, user_id))
  const events = end < 0 ? page : page.slice(0, end)
  const frames = resumed ? [...replayFramesOf(events)] : events.map(frameOf)
  return { frames, last: events.at(-1), endsReader: end >= 0 }
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

  /** Replays to one socket, one run at a time for each. Never rejects: after a failure, the next run goes on. */
  async run(socket: WebSocket): Promise<void> {
    if (this.#running.has(socket)) return
    this.#running.add(socket)
    const began = Date.now()
    try {
      while (await this.#sendPage(socket, began));
    } catch (error) {
      log.warn('replay_failed', { error })
      this.#deps.onFailure()
    } finally {
      this.#running.delete(socket)
    }
  }

  /** Sends the next page, or makes the socket live when there is none. Returns whether there may be more. */
  async #sendPage(socket: WebSocket, began: number): Promise<boolean> {
    const { sockets, readJournal } = this.#deps
    const before = sockets.get(socket)
    if (!before) return false
    const target = this.#targetOf(before)
    const events = before.seq < target ? await readJournal(before.project_id, before.seq) : []
    const connection = sockets.get(socket) // it may have closed meanwhile
    if (!connection) return false
    if (events.length === 0) return this.#targetOf(connection) > target || this.#goLive(socket, connection)
    const page = pageFor(connection, events)
    if (await this.#waitForRoom(socket, page.frames, began)) return true // it is read again, as it may be old now
    this.#send(socket, page)
    return true
  }

  /**
   * Waits for pings while the page would exceed what may be unread, so that a client that reads, but pings only every
   * few seconds, is not closed. Returns whether it waited: not for a page that fits, nor for a client that is silent.
   */
  async #waitForRoom(socket: WebSocket, frames: string[], began: number): Promise<boolean> {
    const { sockets } = this.#deps
    const length = frames.reduce((sum, frame) => sum + frame.length, 0)
    const isSilent = () => Date.now() - Math.max(began, sockets.pingedAt(socket) ?? 0) >= SILENCE_MS
    const mustWait = () => !sockets.hasRoomFor(socket, length + SPARE) && !isSilent()
    const waits = mustWait()
    while (mustWait()) await scheduler.wait(PING_POLL_MS)
    return waits
  }

  #targetOf({ syncing_to }: Connection): number {
    return Math.max(syncing_to ?? 0, this.#deps.reach())
  }

  #send(socket: WebSocket, { frames, last, endsReader }: Page): void {
    const { sockets } = this.#deps
    for (const frame of frames) sockets.send(socket, frame)
    if (last) sockets.update(socket, { seq: last.seq })
    if (endsReader) sockets.close(socket, CLOSE.access_ended, REMOVED)
    if (last?.action === 'project.deleted') sockets.close(socket, CLOSE.project_gone, DELETED)
  }

  /** Nothing may be awaited between the check that the journal has no more events and this call (I4). */
  #goLive(socket: WebSocket, { seq, resumed }: Connection): false {
    const { sockets, onLive } = this.#deps
    sockets.update(socket, { syncing_to: null, resumed: false })
    if (resumed) sockets.send(socket, { type: 'replayed', seq })
    onLive(seq)
    return false
  }
}
