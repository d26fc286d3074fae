import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { applyEvent, type Board } from '../../../client/src/index.ts'
import type { Event, ServerMessage } from '../../../src/live/protocol.ts'
import { api } from '../support/api.ts'
import type { Site } from '../support/site.ts'

/** From a pong to the next ping. */
const PING_MS = 5_000

/**
 * Somebody who looks at a board and comes back whenever the line breaks. Whatever it is sent must
 * be the very next event: everything else is a violation.
 */
export class Client {
  readonly site: Site
  readonly violations: string[] = []
  readonly #token: string
  board: Board
  /** How often it came back, and got a hello. */
  resumed = 0
  #hellos = 0
  #socket: WebSocket | null = null
  #leaving = false

  constructor(site: Site, token: string, board: Board) {
    this.site = site
    this.#token = token
    this.board = board
  }

  static async open(site: Site, token: string, project_id: string): Promise<Client> {
    const { body } = await api<Board>(site, 'GET', `/projects/${project_id}/board?per_column=100`, token)
    const client = new Client(site, token, body)
    client.#connect()
    return client
  }

  get seq(): number {
    return this.board.seq
  }

  /** Cuts the line without a word, as a tunnel would. */
  drop(): boolean {
    const open = this.#socket?.readyState === WebSocket.OPEN
    this.#socket?.terminate()
    return open
  }

  leave(): void {
    this.#leaving = true
    this.#socket?.terminate()
  }

  #connect(): void {
    const { epoch, seq, project } = this.board
    const url = `${this.site.url.replace('http', 'ws')}/ws/projects/${project.id}?since=${epoch}:${seq}`
    const headers = { Authorization: `Bearer ${this.#token}` }
    // Without compression, which would cost both ends more than all else they do.
    const socket = new WebSocket(url, { headers, handshakeTimeout: 10_000, perMessageDeflate: false })
    this.#socket = socket
    socket.on('open', () => socket.send('ping'))
    socket.on('message', (data) => {
      const text = String(data)
      if (text === 'pong')
        setTimeout(() => socket.readyState === WebSocket.OPEN && socket.send('ping'), PING_MS).unref()
      else this.#receive(JSON.parse(text))
    })
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', (code) => {
      if (code >= 4400) this.violations.push(`closed with ${code} at ${this.seq}`)
      else if (!this.#leaving) void wait(200).then(() => this.#leaving || this.#connect())
    })
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'hello' && this.#hellos++ > 0) this.resumed += 1
    else if (message.type === 'event') this.#take(message)
    else if (message.type === 'events') for (const event of message.events) this.#take(event)
    else if (message.type === 'snapshot_required') this.violations.push(`snapshot_required at ${this.seq}`)
  }

  #take(event: Event): void {
    if (event.seq === this.seq + 1) this.board = applyEvent(this.board, event)
    else this.violations.push(`got ${event.seq} after ${this.seq}`)
  }
}
