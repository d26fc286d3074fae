import { applyEvent, type Board, type BoardColumn } from './apply-event.ts'
import type { Context } from './context.ts'
import { pageOf, withPage } from './more.ts'
import { ApiError, dataOf } from './problem.ts'
import { type Ended, isFinal } from './reconnecting-socket.ts'
import type { Event } from './types.ts'

type Options = {
  context: Context
  project: string
  perColumn: number
  /** Up to which event the board must be read at least. */
  awaited(): number
  /** There is another board. */
  became(board: Board): void
  changed(): void
  ended(end: Ended): void
  isOver(): boolean
}

/** A board as the server has it: read once, and kept up to date by the events that the socket brings. */
export class ServerBoard {
  readonly #options: Options
  #board: Board | undefined
  /** Events that came while the board was being read; undefined when it is not. */
  #held: Event[] | undefined
  /** Those that came while a page is under way. */
  #since: Event[] | undefined
  #pages: Promise<unknown> = Promise.resolve()
  #readAt = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Undefined until it was read. */
  get board(): Board | undefined {
    return this.#board
  }

  /** When it was read last. */
  get readAt(): number {
    return this.#readAt
  }

  /** Reads the board, at least as it was at `seq`. Events that come meanwhile wait. */
  async read(seq = 0): Promise<void> {
    this.#held ??= []
    const { context, project: id, perColumn: per_column, awaited } = this.#options
    const at_least = Math.max(seq, awaited())
    const headers = at_least > 0 ? { 'FlowTrack-Seq': String(at_least) } : {}
    const params = { path: { id }, query: { per_column } }
    try {
      const board = dataOf(await context.api.GET('/projects/{id}/board', { params, headers }))
      this.#readAt = Date.now()
      const held = this.#held ?? []
      const loaded = this.#board?.columns ?? []
      this.#held = undefined
      this.#since = undefined // a page of the old board is of no use
      this.#board = undefined
      this.#become(board)
      for (const event of held) this.#apply(event)
      this.#options.changed()
      this.#refill(loaded).catch(() => {}) // whoever looks asks for more
    } catch (error) {
      this.#held = undefined
      throw error
    }
  }

  /** The same, again and again until it was read, or nobody is let in any more. */
  reread(seq = 0): void {
    const { context, ended, isOver } = this.#options
    this.read(seq).catch((error) => {
      const problem = error instanceof ApiError ? error.problem : undefined
      if (problem && isFinal(problem)) ended({ code: problem.status, reason: problem.title })
      else context.later(() => !isOver() && this.reread(seq))
    })
  }

  /** An event that the socket has brought. */
  take(event: Event): void {
    if (this.#held) this.#held.push(event)
    else this.#apply(event)
  }

  /** Loads more tasks of a long column. Whether there are still more. Throws ApiError. */
  loadMore(key: string): Promise<boolean> {
    const page = this.#pages.then(() => this.#loadPage(key)) // one page at a time
    this.#pages = page.catch(() => {})
    return page
  }

  async #loadPage(key: string): Promise<boolean> {
    const column = () => this.#board?.columns.find((column) => column.key === key)
    if (column()?.stale) await this.read()
    const at = column()
    if (!at?.next_cursor) return false
    this.#since = []
    try {
      const page = await pageOf(this.#options.context.api, this.#board as Board, at)
      const since = this.#since
      if (this.#board && since) this.#become(withPage(this.#board, key, page, since))
      this.#options.changed()
    } finally {
      this.#since = undefined
    }
    return (column()?.next_cursor ?? null) !== null
  }

  /** Loads as much of long columns as there was before the board was read again. */
  async #refill(loaded: BoardColumn[]): Promise<void> {
    const now = (key: string) => this.#board?.columns.find((column) => column.key === key)?.tasks.length ?? 0
    for (const { key, tasks } of loaded) while (now(key) < tasks.length && (await this.loadMore(key)));
  }

  #apply(event: Event): void {
    if (!this.#board) return
    try {
      this.#since?.push(event)
      this.#become(applyEvent(this.#board, event))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#held = [event]
      this.reread(event.seq)
    }
  }

  #become(board: Board): void {
    this.#board = board
    this.#options.became(board)
  }
}
