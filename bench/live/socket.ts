import { once } from 'node:events'
import { WebSocket } from 'ws'

/** An open socket that counts the messages and bytes that it receives, and parses nothing. */
export class CountingSocket {
  readonly #socket: WebSocket
  heard = 0
  bytes = 0
  /** When the last message came, in milliseconds of `performance.now()`. */
  last_at = 0
  readonly #onMessage: (text: string) => void

  private constructor(url: string, token: string, onMessage: (text: string) => void) {
    const headers = { Authorization: `Bearer ${token}` }
    this.#onMessage = onMessage
    this.#socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 })
    this.#socket.on('message', (data: Buffer) => {
      this.last_at = performance.now()
      this.heard += 1
      this.bytes += data.length
      this.#onMessage(data.toString())
    })
  }

  static async open(
    url: string,
    token: string,
    onMessage: (text: string) => void = () => undefined,
  ): Promise<CountingSocket> {
    const listener = new CountingSocket(url.replace('http', 'ws'), token, onMessage)
    await once(listener.#socket, 'open')
    return listener
  }

  close(): void {
    this.#socket.terminate()
  }
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
