import { backoff } from './backoff.ts'
import { messageOf, nextAfter } from './close-codes.ts'
import { onWake, platform, runAfter } from './platform.ts'
import { ApiError, offlineProblemOf } from './problem.ts'
import type { ClientMessage, Problem, ServerMessage } from './types.ts'

/** What we need of a WebSocket: the platform's own, or one of `ws`. */
export interface Socket {
  readonly readyState: number
  send(data: string): void
  close(code?: number, reason?: string): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}

export type Ended = { code: number; reason: string }

type Options = {
  /** The address of the socket, with the current `since`; called for each attempt. */
  address(): Promise<string>
  connect(address: string): Socket
  access(): Promise<string | null>
  /**
   * Asks over HTTP whether there is access, as a browser does not show why an upgrade was refused. Throws ApiError if
   * not.
   */
  probe(): Promise<void>
  onMessage(message: ServerMessage): void
  /** Called when a socket is open and the server has sent `hello`. */
  onGreeted(): void
  /** Called when there is no socket any more; `offline` when the server does not answer. */
  onLost(offline: boolean): void
  /** Reads the state again, before the next attempt. */
  reload(): Promise<void>
  onEnded(end: Ended): void
}

const PING_MS = 5_000
const DEAD_MS = 10_000
const OPEN_WITHIN_MS = 15_000
const OPEN = 1

/** Time-out, conflict, too early, rate limit: these pass. */
const PASSING = [408, 409, 425, 429]

/** Whether trying again after this problem is of no use, because nothing changes by itself. */
export const isFinal = ({ status }: Problem) => status >= 400 && status < 500 && !PASSING.includes(status)

/** A socket that is opened again whenever it is lost, until there is no more access, or `close` is called. */
export class ReconnectingSocket {
  readonly #options: Options
  #socket: Socket | undefined
  #failures = 0
  #closed = false
  #stopBeat = () => {}
  #stopAuth = () => {}
  #stopWait = () => {}
  readonly #stopWaking: () => void

  constructor(options: Options) {
    this.#options = options
    this.#stopWaking = onWake(() => this.wake())
  }

  /** Opens the first socket. */
  open(): void {
    void this.#attempt()
  }

  send(message: ClientMessage): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message))
  }

  /** The network may have changed: sends a ping now, or, without a socket, connects now without waiting. */
  wake(): void {
    if (this.#closed) return
    if (this.#socket) this.#ping(this.#socket, DEAD_MS / 3)
    else {
      this.#stopWait()
      this.#failures = 0
      void this.#attempt()
    }
  }

  close(): void {
    this.#closed = true
    this.#stopWaking()
    this.#stopWait()
    this.#drop()
  }

  #attempting = false

  async #attempt(): Promise<void> {
    if (this.#closed || this.#attempting || this.#socket) return
    this.#attempting = true
    try {
      const address = await this.#options.address()
      if (!this.#closed) this.#listen(this.#options.connect(address))
    } catch (error) {
      this.#onFailure(error)
    } finally {
      this.#attempting = false
    }
  }

  #onFailure(error: unknown): void {
    const problem = error instanceof ApiError ? error.problem : offlineProblemOf(error)
    if (isFinal(problem)) this.#end({ code: problem.status, reason: problem.title })
    else this.#retryLater(problem.code === 'offline', Number(problem.retry_after ?? 0) * 1000)
  }

  #retryLater(offline: boolean, wait_ms = 0): void {
    if (this.#closed) return
    this.#options.onLost(offline || platform().navigator?.onLine === false)
    this.#stopWait()
    this.#stopWait = runAfter(wait_ms + backoff(this.#failures), () => void this.#attempt())
    this.#failures += 1
  }

  #listen(socket: Socket): void {
    this.#socket = socket
    let greeted = false
    const mine = () => this.#socket === socket
    const stopOpening = runAfter(OPEN_WITHIN_MS, () => mine() && !greeted && this.#onBroken(greeted))
    socket.onopen = () => mine() && this.#ping(socket, DEAD_MS)
    socket.onerror = () => {} // onclose follows
    socket.onclose = (({ code, reason }: { code: number; reason: string }) => {
      stopOpening()
      if (!mine()) return
      if (code === 1006 || code === 1005) this.#onBroken(greeted)
      else this.#onBye({ code, reason })
    }) as Socket['onclose']
    socket.onmessage = (({ data }: { data: unknown }) => {
      if (!mine()) return
      const message = messageOf(String(data))
      if (!message) return this.#onPong(socket)
      if (message.type === 'hello') {
        greeted = true
        stopOpening()
        this.#options.onGreeted()
      }
      if (message.type === 'events') this.#ping(socket, DEAD_MS) // a long replay: it shows that we read
      if (message.type === 'hello' || message.type === 'authenticated') this.#authLater(message.expires_at)
      if (message.type === 'bye') this.#onBye(message)
      else this.#options.onMessage(message)
    }) as Socket['onmessage']
  }

  /** Handles a connection that broke, or (not `greeted`) was never made, perhaps because there is no access. */
  #onBroken(greeted: boolean): void {
    this.#drop()
    if (greeted) this.#retryLater(false)
    else
      this.#options.probe().then(
        () => this.#retryLater(false),
        (error) => this.#onFailure(error),
      )
  }

  /** Handles an end that the server has announced, with its reason. */
  #onBye({ code, reason }: Ended): void {
    this.#drop()
    const next = nextAfter(code)
    if (next === 'stop') this.#end({ code, reason })
    else if (next === 'reload') this.#reload()
    else this.#retryLater(false)
  }

  #reload(): void {
    this.#options.onLost(false)
    this.#options.reload().then(
      () => this.#attempt(),
      (error) => this.#onFailure(error),
    )
  }

  #end(end: Ended): void {
    if (this.#closed) return
    this.close()
    this.#options.onEnded(end)
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#stopBeat()
    this.#stopAuth()
    try {
      socket?.close(1000)
    } catch {
      // it was not open yet
    }
  }

  /** Sends a ping. Without an answer in `timeout_ms`, the socket counts as dead, whatever its state is. */
  #ping(socket: Socket, timeout_ms: number): void {
    if (socket.readyState !== OPEN) return
    socket.send('ping')
    this.#stopBeat()
    this.#stopBeat = runAfter(timeout_ms, () => this.#onBroken(true))
  }

  #onPong(socket: Socket): void {
    this.#stopBeat()
    this.#stopBeat = runAfter(PING_MS, () => {
      this.#failures = 0 // it has lasted
      this.#ping(socket, DEAD_MS)
    })
  }

  /** Sends a new token shortly before the one of the socket expires. */
  #authLater(expires_at: string): void {
    const left = Date.parse(expires_at) - Date.now()
    this.#stopAuth()
    this.#stopAuth = runAfter(Math.max(5_000, left - Math.min(25_000, left / 12)), () => {
      this.#options.access().then(
        (access) => access && this.send({ type: 'auth', access }),
        () => {}, // the server will send bye, and then the socket is opened again
      )
    })
  }
}
