import type { Connection, Held } from './connection.ts'
import type { ServerMessage } from './protocol.ts'

/**
 * The sockets of one hub, and what is known of each. The truth is in their attachments, which
 * outlive hibernation; memory holds a copy, so that an event costs no reading of attachments.
 */
export class Sockets<C extends Held = Connection> {
  readonly #state: DurableObjectState
  #known: Map<WebSocket, C> | null = null

  constructor(state: DurableObjectState) {
    this.#state = state
  }

  accept(socket: WebSocket, connection: C): void {
    const known = this.#all()
    this.#state.acceptWebSocket(socket)
    socket.serializeAttachment(connection)
    known.set(socket, connection)
  }

  /** Those that can be sent to: getWebSockets() also lists closing ones. */
  *open(): Iterable<[WebSocket, C]> {
    for (const entry of this.#all()) {
      if (isOpen(entry[0])) yield entry
    }
  }

  /** What is known of a socket; undefined once it is closing. */
  get(socket: WebSocket): C | undefined {
    return isOpen(socket) ? this.#all().get(socket) : undefined
  }

  /** Changes part of what is known of a socket. */
  update(socket: WebSocket, change: Partial<Held>): void {
    const known = this.get(socket)
    if (!known) return
    const connection = { ...known, ...change }
    socket.serializeAttachment(connection)
    this.#all().set(socket, connection)
  }

  /** Closes a socket, unless that is under way. `reason` stays below 123 bytes (RFC 6455, 5.5). */
  close(socket: WebSocket, code: number, reason: string): void {
    this.#all().delete(socket)
    if (isOpen(socket)) socket.close(code, reason)
  }

  closeAll(code: number, reason: string): void {
    for (const [socket] of this.open()) this.close(socket, code, reason)
  }

  /** Drops a socket that its client has closed, and says what was known of it. */
  finish(socket: WebSocket): C {
    this.#all().delete(socket)
    // The runtime answers the close of a plain socket by itself, not that of a hibernating one.
    if (socket.readyState === WebSocket.READY_STATE_CLOSING) socket.close(1000)
    return socket.deserializeAttachment()
  }

  none(): boolean {
    return [...this.open()].length === 0
  }

  #all(): Map<WebSocket, C> {
    this.#known ??= new Map(this.#state.getWebSockets().map((socket) => [socket, socket.deserializeAttachment()]))
    return this.#known
  }
}

const isOpen = (socket: WebSocket) => socket.readyState === WebSocket.READY_STATE_OPEN

/** Sends, unless the socket is closing; one that breaks must not cost the others their event. */
export function send(socket: WebSocket, message: ServerMessage | string): void {
  if (!isOpen(socket)) return
  try {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  } catch {
    // it closed in between, and webSocketClose will say so
  }
}
