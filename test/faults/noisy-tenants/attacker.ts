import { WebSocket } from 'ws'
import type { Person } from '../support/people.ts'

const TIMEOUT_MS = 60_000

/** The fields of an answer's body that attacks use. */
type Made = { id: string; key: string; url: string; project: { id: string } }
export type Reply = { status: number; body: Made }

/** A client with its own accounts and its own address, and how often it was answered with which status. */
export class Attacker {
  readonly people: Person[]
  statuses: Record<number, number> = {}
  readonly #url: string
  readonly #address: string

  constructor(url: string, address: string, people: Person[]) {
    this.#url = url
    this.#address = address
    this.people = people
  }

  get me(): Person {
    return this.people[0] as Person // each attacker has some
  }

  async call(token: string, method: string, path: string, body?: unknown): Promise<Reply> {
    const text = typeof body === 'string'
    const headers = {
      'CF-Connecting-IP': this.#address,
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': text ? 'application/x-ndjson' : 'application/json' }),
    }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const sent = body === undefined || text ? body : JSON.stringify(body)
    const response = await fetch(`${this.#url}${path}`, { method, headers, signal, body: sent as string })
    const answer = await response.text()
    this.#count(response.status)
    const json = response.headers.get('Content-Type')?.includes('json') && answer
    return { status: response.status, body: json ? JSON.parse(answer) : undefined }
  }

  /** Opens a socket with a ticket, and counts the status of the answer: 101 when it opened, 0 without an answer. */
  async tryTicket(path: string): Promise<void> {
    const socket = new WebSocket(`${this.#url.replace('http', 'ws')}${path}`, {
      headers: { 'CF-Connecting-IP': this.#address },
    })
    const status = await new Promise<number>((resolve) => {
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode))
      socket.on('error', () => resolve(0))
    })
    socket.terminate()
    this.#count(status)
  }

  #count(status: number): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1
  }
}
