import type { ServerMessage } from './answers.ts'
import type { Connection, SocketState } from './connection.ts'
import { Unread } from './limits.ts'
import { CLOSE } from './protocol.ts'

/** One of a person's sockets, and when it came or pinged last, in milliseconds. */
export type SocketActivity = { connection_id: string; heard_at: number }

/** Runs `act`, and ignores its failure when the socket is broken: webSocketClose follows. */
function tryOnSocket(act: () => unknown): void {
  try {
    act()
  } catch {
    // nobody is there any more
  }
}

/**
 * The sockets of one hub, and what is known of each. The source of truth is their attachments, which
 * outlive hibernation; memory holds a copy, so that an event costs no reading of attachments.
 */
export class Sockets<C extends SocketState = Connection> {
  readonly #state: DurableObjectState
  readonly #onGone: (connection: C) => void
  readonly #unread = new WeakMap<WebSocket, Unread>()
  #known: Map<WebSocket, C> | null = null

  /** `onGone` is called at once for each socket that ends, whichever side ends it. */
  constructor(state: DurableObjectState, onGone: (connection: C) => void = () => undefined) {
    this.#state = state
    this.#onGone = onGone
  }

  accept(socket: WebSocket, connection: C): void {
    this.#all() // first: it reads attachments, and the new socket has none yet
    this.#state.acceptWebSocket(socket)
    this.#keep(socket, connection)
  }

  /** The sockets that can be sent to: getWebSockets() also lists closing ones, some of them as open. */
  *open(): Iterable<[WebSocket, C]> {
    for (const entry of this.#all()) {
      if (isOpen(entry[0])) yield entry
    }
  }

  /** When the socket pinged last, in milliseconds since 1970. */
  pingedAt(socket: WebSocket): number | null {
    return this.#state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null
  }

  /** Whether `length` more characters can be sent without closing the socket. True for one that is closing anyway. */
  hasRoomFor(socket: WebSocket, length: number): boolean {
    return !isOpen(socket) || (this.#unread.get(socket)?.hasRoomFor(length, this.pingedAt(socket)) ?? true)
  }

  /** A person's sockets, the longest silent first: the connection of a silent one may be lost. */
  socketsOf(user_id: string): SocketActivity[] {
    return [...this.open()]
      .filter(([, state]) => state.user_id === user_id)
      .map(([socket, { connection_id, came_at }]) => ({
        connection_id,
        heard_at: Math.max(this.pingedAt(socket) ?? 0, came_at),
      }))
      .sort((a, b) => a.heard_at - b.heard_at)
  }

  /** What is known of a socket; undefined once it is closing. */
  get(socket: WebSocket): C | undefined {
    return isOpen(socket) ? this.#all().get(socket) : undefined
  }

  /**
   * Sends, unless the socket is closing. Never throws: one that breaks, or does not read, must not stop the sends to
   * others.
   */
  send(socket: WebSocket, message: ServerMessage | string): void {
    if (!isOpen(socket)) return
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    const unread = this.#unread.get(socket) ?? new Unread()
    this.#unread.set(socket, unread)
    try {
      if (unread.add(text.length, this.pingedAt(socket))) socket.send(text)
      else this.close(socket, CLOSE.too_slow, 'Too much is unread: read faster, and resume')
    } catch {
      // it closed in between, and webSocketClose will say so
    }
  }

  /** Changes part of what is known of a socket. */
  update(socket: WebSocket, change: Partial<C> | Partial<SocketState>): void {
    const known = this.get(socket)
    if (known) this.#keep(socket, { ...known, ...change })
  }

  /**
   * Sends `bye` to a socket and closes it, unless it is closing already. The message arrives at once, while the
   * client's `onclose` may wait for the end of TCP (docs/live.md). `reason`: at most 123 bytes (RFC 6455, 5.5).
   */
  close(socket: WebSocket, code: number, reason: string): void {
    const known = this.#all().get(socket)
    if (!known) return
    this.#all().delete(socket)
    socket.serializeAttachment({ ...known, closing: true })
    const bye: ServerMessage = { type: 'bye', code, reason }
    tryOnSocket(() => isOpen(socket) && socket.send(JSON.stringify(bye)))
    tryOnSocket(() => isOpen(socket) && socket.close(code, reason)) // even if `bye` could not be sent
    this.#onGone(known)
  }

  closeAll(code: number, reason: string): void {
    for (const [socket] of this.open()) this.close(socket, code, reason)
  }

  /** Drops a socket that its client has closed, and returns what was known of it. */
  finish(socket: WebSocket): C {
    this.#all().delete(socket)
    // The runtime answers the close of a plain socket by itself, not that of a hibernating one.
    if (socket.readyState === WebSocket.READY_STATE_CLOSING) socket.close(1000)
    const connection: C = socket.deserializeAttachment()
    if (!connection.closing) this.#onGone(connection)
    return connection
  }

  isEmpty(): boolean {
    return [...this.open()].length === 0
  }

  #keep(socket: WebSocket, connection: C): void {
    socket.serializeAttachment(connection)
    this.#all().set(socket, connection)
  }

  #all(): Map<WebSocket, C> {
    this.#known ??= new Map(
      this.#state
        .getWebSockets()
        .map((socket): [WebSocket, C] => [socket, socket.deserializeAttachment()])
        .filter(([, { closing }]) => !closing),
    )
    return this.#known
  }
}

const isOpen = (socket: WebSocket) => socket.readyState === WebSocket.READY_STATE_OPEN
