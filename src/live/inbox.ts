import { log } from '../lib/log.ts'
import type { Notification, ServerMessage } from './answers.ts'
import type { SocketState } from './connection.ts'
import { notificationFramesOf } from './frames.ts'
import { CLOSE } from './protocol.ts'
import type { Sockets } from './sockets.ts'

/** A page of one person's stream: its rows after a seq, the seq that it reaches, and whether there are `more`. */
export type StreamPage = { epoch: string; reached: number; more: boolean; rows: Notification[] }

type Deps = {
  sockets: Sockets<SocketState>
  readStream: (user_id: string, since: number) => Promise<StreamPage>
  waitUntil: (work: Promise<void>) => void
}

/**
 * Brings one person's sockets to the end of their stream, in order, each row once. An announcement is only a
 * reason to read: a person gets few notifications, so one read of the database for all of their sockets is simpler
 * than announced events, with their gaps and waits. What must outlive hibernation is in the attachments.
 */
export class Inbox {
  readonly #deps: Deps
  #stale = false
  #reading = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  join(socket: WebSocket, state: SocketState, greeting: ServerMessage[]): void {
    this.#deps.sockets.accept(socket, state)
    for (const message of greeting) this.#deps.sockets.send(socket, message)
    this.#deps.waitUntil(this.refresh())
  }

  /** Reads new rows, one run at a time; a call during a run makes it read again. Never rejects. */
  async refresh(): Promise<void> {
    this.#stale = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#stale) await this.#readOn()
    } catch (error) {
      log.warn('inbox_read_failed', { error }) // the next refresh tries again
    } finally {
      this.#reading = false
    }
  }

  /** Whether a socket has not reached the database's `head`, or has not been told yet that its replay is over. */
  isBehind(head: number): boolean {
    return this.#lowestFirst().some(([, { seq, resumed }]) => seq < head || resumed)
  }

  /** Reads one page, from the lowest seq of the sockets. */
  async #readOn(): Promise<void> {
    this.#stale = false
    const [first] = this.#lowestFirst()
    if (!first) return
    const { user_id, seq } = first[1]
    const page = await this.#deps.readStream(user_id, seq)
    for (const [socket, state] of this.#deps.sockets.open()) this.#advance(socket, state, seq, page)
    this.#stale ||= page.more
  }

  /** The sockets, the one with the lowest seq first. */
  #lowestFirst(): [WebSocket, SocketState][] {
    return [...this.#deps.sockets.open()].sort(([, a], [, b]) => a.seq - b.seq)
  }

  #advance(socket: WebSocket, state: SocketState, since: number, { epoch, reached, more, rows }: StreamPage): void {
    const { sockets } = this.#deps
    if (state.epoch !== epoch) sockets.close(socket, CLOSE.restored, 'The inbox was restored: read it again')
    if (state.epoch !== epoch || state.seq < since) return // it came during the read: the next read begins at its seq
    const missed = rows.filter(({ seq }) => seq > state.seq)
    const [only] = missed
    if (only && missed.length === 1 && !state.resumed) sockets.send(socket, { type: 'notification', ...only })
    else for (const frame of notificationFramesOf(missed)) sockets.send(socket, frame)
    const seq = Math.max(state.seq, reached)
    if (state.resumed && !more) sockets.send(socket, { type: 'replayed', seq })
    sockets.update(socket, { seq, resumed: state.resumed && more })
  }
}
