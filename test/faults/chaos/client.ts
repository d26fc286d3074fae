import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import {
  type Board,
  createClient,
  type MutationResult,
  type OpenBoard,
  type Sent,
  type Socket,
} from '../../../client/src/index.ts'
import type { ServerMessage } from '../../../src/live/answers.ts'
import type { Site } from '../support/site.ts'

const OPEN_WITHIN_MS = 30_000

/** A mutation of a client, and its result; undefined while it has no answer. */
export type Mutation = {
  key: string
  kind: 'create' | 'comment' | 'move' | 'edit'
  settled: MutationResult | undefined
}

/**
 * A board in our own client, which connects again whenever the connection breaks. Each event that it receives must be
 * the next one, and it must never read the board again: anything else is a violation.
 */
export class Client {
  readonly site: Site
  readonly violations: string[] = []
  readonly mutations: Mutation[] = []
  readonly live: OpenBoard
  /** How often it has connected again and received a hello. */
  resumed = 0
  #hellos = 0
  #reads = 0
  #socket: WebSocket | undefined
  readonly #end: () => void

  constructor(site: Site, token: string, project: string) {
    this.site = site
    const client = createClient({
      url: site.url,
      token,
      fetch: (input, init) => this.#fetch(input, init),
      connect: (address) => this.#connect(address),
    })
    this.live = client.openBoard({ project })
    this.#end = () => client.close()
  }

  static async open(site: Site, token: string, project_id: string): Promise<Client> {
    const client = new Client(site, token, project_id)
    const end = Date.now() + OPEN_WITHIN_MS
    while (client.live.getSnapshot().status !== 'live') {
      if (Date.now() > end) throw new Error(`${project_id} is ${client.live.getSnapshot().status} in ${site.region}`)
      await wait(10)
    }
    return client
  }

  /** The board as the client shows it, with its own pending mutations. Throws before it was read. */
  get board(): Board {
    const { board } = this.live.getSnapshot()
    if (!board) throw new Error('The board was never read')
    return board
  }

  get seq(): number {
    return this.board.seq
  }

  /** Records a mutation, and waits for its answer, however long that takes. */
  async settle(kind: Mutation['kind'], { key, done }: Sent): Promise<MutationResult> {
    const mutation: Mutation = { key, kind, settled: undefined }
    this.mutations.push(mutation)
    mutation.settled = await done
    return mutation.settled
  }

  /** Cuts the connection without a close frame, as a tunnel would. Returns whether it was open. */
  drop(): boolean {
    const open = this.#socket?.readyState === WebSocket.OPEN
    this.#socket?.terminate()
    return open
  }

  leave(): void {
    this.#end()
  }

  #fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const { method, url } = input as Request // our client always passes a Request
    if (method === 'GET' && new URL(url).pathname.endsWith('/board') && this.#hellos > 0) {
      this.#reads += 1
      this.violations.push(`read the board again (${this.#reads}) at ${this.seq}`)
    }
    return fetch(input, init)
  }

  #connect(address: string): Socket {
    const since = Number(new URL(address).searchParams.get('since')?.split(':')[1])
    // Without compression, which would use more CPU on both ends than everything else.
    const socket = new WebSocket(address, { handshakeTimeout: 10_000, perMessageDeflate: false })
    this.#socket = socket
    let seq = since
    const next = (event: { seq: number }) => {
      if (event.seq !== seq + 1) this.violations.push(`got ${event.seq} after ${seq}`)
      seq = event.seq
    }
    socket.on('message', (data) => {
      const text = String(data)
      if (text === 'pong') return
      const message: ServerMessage = JSON.parse(text)
      if (message.type === 'hello' && this.#hellos++ > 0) this.resumed += 1
      else if (message.type === 'event') next(message)
      else if (message.type === 'events') message.events.forEach(next)
      else if (message.type === 'snapshot_required') this.violations.push(`snapshot_required at ${seq}`)
    })
    socket.on('close', (code) => {
      if (code >= 4400) this.violations.push(`closed with ${code} at ${seq}`)
    })
    return socket as unknown as Socket
  }
}
