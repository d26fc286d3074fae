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

/** A mutation of somebody's, and what became of it; undefined while nobody knows. */
export type Mutation = {
  key: string
  kind: 'create' | 'comment' | 'move' | 'edit'
  settled: MutationResult | undefined
}

/**
 * Somebody who looks at a board with our own client, which comes back whenever the line breaks. Each event that it is sent must
 * be the very next one, and the board must never have to be read again: everything else is a violation.
 */
export class Client {
  readonly site: Site
  readonly violations: string[] = []
  readonly mutations: Mutation[] = []
  readonly live: OpenBoard
  /** How often it came back, and got a hello. */
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

  /** As somebody sees it who looks at it. */
  get board(): Board {
    const { board } = this.live.getSnapshot()
    if (!board) throw new Error('The board was never read')
    return board
  }

  get seq(): number {
    return this.board.seq
  }

  /** Notes a mutation, and waits for its answer, however long that takes. */
  async await(kind: Mutation['kind'], { key, done }: Sent): Promise<MutationResult> {
    const mutation: Mutation = { key, kind, settled: undefined }
    this.mutations.push(mutation)
    mutation.settled = await done
    return mutation.settled
  }

  /** Cuts the line without a word, as a tunnel would. */
  drop(): boolean {
    const open = this.#socket?.readyState === WebSocket.OPEN
    this.#socket?.terminate()
    return open
  }

  leave(): void {
    this.#end()
  }

  #fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const { method, url } = input as Request // the client sends no other
    if (method === 'GET' && new URL(url).pathname.endsWith('/board') && this.#hellos > 0) {
      this.#reads += 1
      this.violations.push(`read the board again (${this.#reads}) at ${this.seq}`)
    }
    return fetch(input, init)
  }

  #connect(address: string): Socket {
    const since = Number(new URL(address).searchParams.get('since')?.split(':')[1])
    // Without compression, which would cost both ends more than all else they do.
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
