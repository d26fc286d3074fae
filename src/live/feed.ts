import { log } from '../lib/log.ts'
import type { ServerMessage } from './answers.ts'
import { CatchUp, type ReadJournal } from './catch-up.ts'
import type { Connection } from './connection.ts'
import type { Event } from './event.ts'
import { frameOf } from './frames.ts'
import { CLOSE, DELETED, endsAccess, REMOVED } from './protocol.ts'
import { hasGap, newReorderBuffer, pushEvents, type ReorderBuffer } from './reorder-buffer.ts'
import type { Sockets } from './sockets.ts'

/** How long an event may wait for one that should have come before it, in milliseconds. */
const GAP_WAIT_MS = 150

type Deps = {
  sockets: Sockets
  readJournal: ReadJournal
  waitUntil: (work: Promise<void>) => void
  /** Called when the journal could not be read: `resume` must be called soon. */
  onFailure: () => void
}

/**
 * Gives every socket of a hub the project's events in order, each once (I4, I5), and reads
 * from the journal what was not announced. It writes no storage: the output gate would hold every frame back.
 */
export class Feed {
  readonly #deps: Deps
  readonly #catchUp: CatchUp
  /** Puts events in order for the live sockets. Null while there are none, and after a hibernation. */
  #buffer: ReorderBuffer | null = null
  /**
   * The highest head that was announced to this object, also while it had no sockets. A socket that joins may have read
   * an older head: its replay must reach this one.
   */
  #announced = 0
  #gapTimer: ReturnType<typeof setTimeout> | null = null
  #filling: Promise<void> | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    this.#catchUp = new CatchUp({
      ...deps,
      reach: () => Math.max(this.#buffer?.head ?? 0, this.#announced),
      onLive: (seq) => {
        this.#buffer ??= this.#bufferOfLive()
        this.#offer([], seq) // it may have read further than the other sockets were sent
      },
    })
  }

  /** Accepts a socket, sends it the greeting, and replays to it what the live sockets have been sent already. */
  join(socket: WebSocket, connection: Connection, greeting: ServerMessage[]): void {
    this.resume() // first: after a hibernation the others may be behind the newcomer
    this.#deps.sockets.accept(socket, connection)
    for (const message of greeting) this.#deps.sockets.send(socket, message)
    this.#deps.waitUntil(this.#catchUp.run(socket))
  }

  /**
   * Takes an announcement: some events, and the journal's `head`. It may be late, repeated or out of order.
   * Returns the seq that all sockets have been sent, or the highest announced head if that is lower or no socket is
   * open. While it is below `head`, the caller may have to announce again.
   */
  announce(head: number, events: readonly Event[] = []): number {
    this.#announced = Math.max(this.#announced, head)
    this.resume()
    this.#offer(events, head)
    let reached = this.#announced
    for (const [, { seq }] of this.#deps.sockets.open()) reached = Math.min(reached, seq)
    return reached
  }

  /** Continues the replays that a hibernation or an outage has interrupted. */
  resume(): void {
    let sockets = 0
    for (const [socket, { syncing_to }] of this.#deps.sockets.open()) {
      sockets += 1
      if (syncing_to !== null) this.#deps.waitUntil(this.#catchUp.run(socket))
    }
    if (sockets === 0) this.#buffer = null
    else this.#buffer ??= this.#bufferOfLive()
  }

  /** Forgets the journal's head: after a restore, another journal has taken its place. */
  reset(): void {
    this.#buffer = null
    this.#announced = 0
  }

  /** Reads missing events from the journal, one run at a time. Never rejects. */
  fillGap(): Promise<void> {
    this.#filling ??= this.#readHole()
      .catch((error: unknown) => log.warn('gap_not_filled', { error })) // the next check tries again
      .finally(() => {
        this.#filling = null
      })
    return this.#filling
  }

  async #readHole(): Promise<void> {
    // #buffer may be replaced during each await, so it is never kept in a variable.
    while (this.#buffer && hasGap(this.#buffer)) {
      const [first] = this.#deps.sockets.open()
      if (!first) return
      const events = await this.#deps.readJournal(first[1].project_id, this.#buffer.head)
      if (events.length === 0) return
      this.#offer(events)
    }
  }

  /** Sends the events that are next, and soon reads from the journal those that are missing up to `known`. */
  #offer(events: readonly Event[], known = 0): void {
    if (!this.#buffer) return
    this.#deliver(pushEvents(this.#buffer, events, known))
    if (!this.#buffer || !hasGap(this.#buffer) || this.#gapTimer || this.#filling) return
    this.#gapTimer = setTimeout(() => {
      this.#gapTimer = null
      this.#deps.waitUntil(this.fillGap())
    }, GAP_WAIT_MS)
  }

  /** Sends events, in order, to every live socket that has not seen them. */
  #deliver(events: readonly Event[]): void {
    const { sockets, waitUntil } = this.#deps
    for (const event of events) {
      const frame = frameOf(event)
      for (const [socket, { syncing_to, seq, user_id }] of sockets.open()) {
        if (syncing_to !== null || seq >= event.seq) continue
        if (seq + 1 < event.seq) {
          sockets.update(socket, { syncing_to: seq }) // it missed some: it reads them first
          waitUntil(this.#catchUp.run(socket))
        } else if (endsAccess(event, user_id)) {
          sockets.close(socket, CLOSE.access_ended, REMOVED)
        } else {
          sockets.send(socket, frame)
          sockets.update(socket, { seq: event.seq })
        }
      }
      if (event.action === 'project.deleted') sockets.closeAll(CLOSE.project_gone, DELETED)
    }
  }

  /** A buffer that begins at the lowest seq of the live sockets; null when there are none. */
  #bufferOfLive(): ReorderBuffer | null {
    let behind = Number.POSITIVE_INFINITY
    for (const [, { syncing_to, seq }] of this.#deps.sockets.open()) {
      if (syncing_to === null) behind = Math.min(behind, seq)
    }
    return Number.isFinite(behind) ? newReorderBuffer(behind) : null
  }
}
