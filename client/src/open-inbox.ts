import type { Context } from './context.ts'
import { compareNewestFirst, needsServer } from './inbox-rows.ts'
import type { Status } from './open-board.ts'
import { ApiError, dataOf, problemOf } from './problem.ts'
import { type Ended, isFinal, ReconnectingSocket } from './reconnecting-socket.ts'
import { type Readable, Store } from './store.ts'
import type { Notification, ServerMessage } from './types.ts'

export type InboxSnapshot = {
  status: Status
  ended?: Ended
  /** Newest first. */
  items: readonly Notification[]
  unread_count: number
  /** Whether `loadMore` has older ones. */
  has_more: boolean
}

const PAGE = 50
const EMPTY: InboxSnapshot = { status: 'loading', items: [], unread_count: 0, has_more: false }

/** The notifications of whoever is signed in, live. */
export class OpenInbox implements Readable<InboxSnapshot> {
  readonly #context: Context
  readonly #store = new Store<InboxSnapshot>(EMPTY)
  readonly #socket: ReconnectingSocket
  #at: { epoch: string; seq: number } | undefined
  #cursor: string | null = null

  constructor(context: Context) {
    this.#context = context
    this.#socket = new ReconnectingSocket({
      address: () => this.#makeAddress(),
      connect: context.connect,
      access: () => context.access(),
      probe: async () => void dataOf(await context.api.GET('/notifications', { params: { query: { limit: 1 } } })),
      onMessage: (message) => this.#hear(message),
      onGreeted: () => {},
      onLost: (offline) => this.#setStatus(offline ? 'offline' : this.#at ? 'connecting' : 'loading'),
      reload: () => this.#read(),
      onEnded: (end) => this.#end(end),
    })
    this.#socket.open()
  }

  readonly subscribe = (changed: () => void) => this.#store.subscribe(changed)
  readonly getSnapshot = (): InboxSnapshot => this.#store.getSnapshot()

  /** Loads older notifications, if there are any. Throws ApiError. */
  async loadMore(): Promise<void> {
    if (this.#cursor === null) return
    const query = { limit: PAGE, cursor: this.#cursor }
    const page = dataOf(await this.#context.api.GET('/notifications', { params: { query } }))
    this.#cursor = page.next_cursor
    this.#merge(page.items, page.unread_count)
  }

  /**
   * Marks a notification as read. Throws ApiError: not_found if its project is gone, or the user has left it; the list
   * is then read again.
   */
  async read(id: string): Promise<void> {
    const answer = await this.#context.api.POST('/notifications/{id}/read', { params: { path: { id } } })
    if (answer.response.status === 404) this.#reread()
    this.#merge([dataOf(answer) as Notification])
  }

  /** Marks all notifications as read, except those that come meanwhile. Throws ApiError. */
  async readAll(): Promise<void> {
    const until = this.#at?.seq ?? 0
    dataOf(await this.#context.api.POST('/notifications/read-all', { params: { query: { until } } }))
    await this.#read()
  }

  close(): void {
    this.#socket.close()
    this.#context.forget(this)
  }

  end(end: Ended): void {
    this.#socket.close()
    this.#end(end)
  }

  async #makeAddress(): Promise<string> {
    const user_id = await this.#context.userId()
    if (!user_id) throw new ApiError(problemOf(401, 'token_missing', 'Nobody is signed in', 'Sign in first.'))
    if (!this.#at) await this.#read()
    const { epoch, seq } = this.#at as { epoch: string; seq: number }
    const { ticket } = dataOf(await this.#context.api.POST('/auth/ws-ticket'))
    const url = new URL(`${this.#context.url}/ws/notifications/${user_id}`)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('ticket', ticket)
    url.searchParams.set('since', `${epoch}:${seq}`)
    return url.href
  }

  async #read(): Promise<void> {
    const page = dataOf(await this.#context.api.GET('/notifications', { params: { query: { limit: PAGE } } }))
    this.#at = { epoch: page.epoch, seq: page.seq }
    this.#cursor = page.next_cursor
    this.#set({ items: page.items, unread_count: page.unread_count, has_more: page.next_cursor !== null })
  }

  #reread(): void {
    this.#read().catch((error) => {
      const problem = error instanceof ApiError ? error.problem : undefined
      if (problem && isFinal(problem)) this.end({ code: problem.status, reason: problem.title })
      else this.#context.later(() => this.getSnapshot().status !== 'ended' && this.#reread())
    })
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'notification') {
      const { type: _, ...row } = message
      this.#take([row])
    }
    if (message.type === 'notifications') this.#take(message.items)
    if (message.type === 'snapshot_required') this.#reread()
    if (message.type === 'replayed' || message.type === 'snapshot_required') this.#setStatus('live')
  }

  #take(rows: Notification[]): void {
    const { epoch, seq } = this.#at as { epoch: string; seq: number }
    const isStale = needsServer(this.getSnapshot().items, rows, seq)
    this.#at = { epoch, seq: Math.max(seq, ...rows.map((row) => row.seq)) }
    this.#merge(rows)
    if (isStale) this.#reread()
  }

  #merge(rows: Notification[], unread?: number): void {
    const { items, unread_count } = this.getSnapshot()
    const known = new Map(items.map((row) => [row.id, row]))
    let count = unread_count
    for (const row of rows) {
      const old = known.get(row.id)
      if (old && old.seq >= row.seq) continue
      known.set(row.id, row)
      count += Number(row.read_at === null) - Number(old ? old.read_at === null : row.read_at !== null)
    }
    this.#set({
      items: [...known.values()].sort(compareNewestFirst),
      unread_count: unread ?? Math.max(0, count),
      has_more: this.#cursor !== null,
    })
  }

  #end(ended: Ended): void {
    this.#set({ status: 'ended', ended })
    this.close()
  }

  #setStatus(status: Status): void {
    if (this.getSnapshot().status !== 'ended') this.#set({ status })
  }

  #set(changes: Partial<InboxSnapshot>): void {
    this.#store.set({ ...this.getSnapshot(), ...changes })
  }
}
