import { backoff } from './backoff.ts'
import { messageOf, nextAfter } from './close-codes.ts'
import { after, onWake, platform } from './platform.ts'
import { ApiError, noAnswer } from './problem.ts'
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
  /** The address of the socket as from here on; asked with each attempt. */
  address(): Promise<string>
  connect(address: string): Socket
  access(): Promise<string | null>
  /** Asks in plain HTTP whether there is access: a refused upgrade says nothing to a browser. Throws ApiError if not. */
  probe(): Promise<void>
  heard(message: ServerMessage): void
  /** A socket is open, and the server has greeted. */
  greeted(): void
  /** There is no socket any more; `offline` when nothing answers. */
  lost(offline: boolean): void
  /** The state must be read anew before the next attempt. */
  reload(): Promise<void>
  ended(end: Ended): void
}

const PING_MS = 5_000
const DEAD_MS = 10_000
const OPEN_WITHIN_MS = 15_000
const OPEN = 1

/** After these, nothing changes by itself: trying again would be of no use. */
export const isFinal = ({ status }: Problem) => status === 401 || status === 403 || status === 404

/** A socket that comes back whenever it is lost, until there is no more access, or it is closed. */
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

  /** Something may have happened to the network: finds out now. */
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
      this.#failed(error)
    } finally {
      this.#attempting = false
    }
  }

  #failed(error: unknown): void {
    const problem = error instanceof ApiError ? error.problem : noAnswer(error)
    if (isFinal(problem)) this.#end({ code: problem.status, reason: problem.title })
    else this.#later(problem.code === 'offline', Number(problem.retry_after ?? 0) * 1000)
  }

  #later(offline: boolean, wait_ms = 0): void {
    if (this.#closed) return
    this.#options.lost(offline || platform().navigator?.onLine === false)
    this.#stopWait()
    this.#stopWait = after(wait_ms + backoff(this.#failures), () => void this.#attempt())
    this.#failures += 1
  }

  #listen(socket: Socket): void {
    this.#socket = socket
    let greeted = false
    const mine = () => this.#socket === socket
    const stopOpening = after(OPEN_WITHIN_MS, () => mine() && !greeted && this.#broken(greeted))
    socket.onopen = () => mine() && this.#ping(socket, DEAD_MS)
    socket.onerror = () => {} // onclose follows
    socket.onclose = (({ code, reason }: { code: number; reason: string }) => {
      stopOpening()
      if (!mine()) return
      if (code === 1006 || code === 1005) this.#broken(greeted)
      else this.#over({ code, reason })
    }) as Socket['onclose']
    socket.onmessage = (({ data }: { data: unknown }) => {
      if (!mine()) return
      const message = messageOf(String(data))
      if (!message) return this.#ponged(socket)
      if (message.type === 'hello') {
        greeted = true
        stopOpening()
        this.#options.greeted()
      }
      if (message.type === 'hello' || message.type === 'authenticated') this.#authLater(message.expires_at)
      if (message.type === 'bye') this.#over(message)
      else this.#options.heard(message)
    }) as Socket['onmessage']
  }

  /** The connection broke, or was never made: perhaps because there is no access. */
  #broken(greeted: boolean): void {
    this.#drop()
    if (greeted) this.#later(false)
    else
      this.#options.probe().then(
        () => this.#later(false),
        (error) => this.#failed(error),
      )
  }

  /** The server has said that it ends, and why. */
  #over({ code, reason }: Ended): void {
    this.#drop()
    const next = nextAfter(code)
    if (next === 'stop') this.#end({ code, reason })
    else if (next === 'reload') this.#reload()
    else this.#later(false)
  }

  #reload(): void {
    this.#options.lost(false)
    this.#options.reload().then(
      () => this.#attempt(),
      (error) => this.#failed(error),
    )
  }

  #end(end: Ended): void {
    if (this.#closed) return
    this.close()
    this.#options.ended(end)
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

  /** A socket that answers no ping is dead, whatever it says of itself. */
  #ping(socket: Socket, patience_ms: number): void {
    if (socket.readyState !== OPEN) return
    socket.send('ping')
    this.#stopBeat()
    this.#stopBeat = after(patience_ms, () => this.#broken(true))
  }

  #ponged(socket: Socket): void {
    this.#stopBeat()
    this.#stopBeat = after(PING_MS, () => {
      this.#failures = 0 // it has lasted
      this.#ping(socket, DEAD_MS)
    })
  }

  /** A new token, just before the one that the socket was opened with ends. */
  #authLater(expires_at: string): void {
    const left = Date.parse(expires_at) - Date.now()
    this.#stopAuth()
    this.#stopAuth = after(Math.max(5_000, left - Math.min(25_000, left / 12)), () => {
      this.#options.access().then(
        (access) => access && this.send({ type: 'auth', access }),
        () => {}, // the server says bye, and then it is tried again
      )
    })
  }
}
