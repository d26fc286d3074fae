import { exports } from 'cloudflare:workers'
import { ORIGIN } from './api.ts'

const WAIT_MS = 10_000

/** A board's socket as a client has it: what came, and a way to wait for what is to come. */
export class LiveSocket {
  readonly messages: any[] = []
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  closed: { code: number; reason: string } | null = null

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      this.messages.push(data === 'pong' ? data : JSON.parse(String(data)))
      this.#wake()
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
      this.#wake()
    })
    socket.accept()
  }

  /** The events received so far, live and replayed, in the order they came. */
  get events(): any[] {
    return this.messages.flatMap((m) => (m.type === 'event' ? [m] : m.type === 'events' ? m.events : []))
  }

  send(message: unknown) {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  close() {
    this.#socket.close(1000, 'done')
  }

  /** Resolves when `condition` holds; fails after 10 s with what did come. */
  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + WAIT_MS
    while (!condition()) {
      const left = deadline - Date.now()
      if (left <= 0) throw new Error(`Waited in vain; came: ${JSON.stringify(this.messages).slice(0, 2000)}`)
      await Promise.race([
        new Promise<void>((resolve) => this.#waiting.add(resolve)),
        new Promise((resolve) => setTimeout(resolve, left)),
      ])
    }
  }

  async message(type: string): Promise<any> {
    await this.until(() => this.messages.some((m) => m.type === type))
    return this.messages.find((m) => m.type === type)
  }

  async seq(seq: number): Promise<void> {
    await this.until(() => this.events.some((event) => event.seq >= seq))
  }

  #wake() {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

type Upgrade = { token?: string; query?: string; headers?: Record<string, string> }

/** The raw answer to an upgrade: 101 with a socket, or a problem document. */
export const upgrade = (project_id: string, { token, query = '', headers = {} }: Upgrade) =>
  exports.default.fetch(`${ORIGIN}/ws/projects/${project_id}${query}`, {
    headers: { Upgrade: 'websocket', ...(token && { Authorization: `Bearer ${token}` }), ...headers },
  })

export async function connect(project_id: string, options: Upgrade): Promise<LiveSocket> {
  const response = await upgrade(project_id, options)
  if (!response.webSocket) throw new Error(`No socket: ${response.status} ${await response.text()}`)
  return new LiveSocket(response.webSocket)
}
