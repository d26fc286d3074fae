import { applyEvent, type Board, type BoardColumn } from './apply-event.ts'
import type { Context } from './context.ts'
import { readOtherMembers, withMembers, withOwnMember } from './members.ts'
import { pageOf, withPage } from './more.ts'
import { ApiError, dataOf } from './problem.ts'
import { type Ended, isFinal } from './reconnecting-socket.ts'
import type { Event } from './types.ts'

type Options = {
  context: Context
  project: string
  perColumn: number
  /** The seq that a read of the board must have reached. */
  awaited(): number
  /** Called with each new state of the board. */
  onBoard(board: Board): void
  onChange(): void
  onEnded(end: Ended): void
  isOver(): boolean
}

/** A board as the server has it: read once, and kept up to date by the events that the socket brings. */
export class ServerBoard {
  readonly #options: Options
  #board: Board | undefined
  /** Events that came while the board was being read; undefined when it is not. */
  #held: Event[] | undefined
  /** Events that came while a page of a column is loading; undefined when none is. */
  #meanwhile: Event[] | undefined
  /** The ids of members that were removed since the board was read. */
  #removed = new Set<string>()
  #pages: Promise<unknown> = Promise.resolve()
  #readAt = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Undefined until it was read. */
  get board(): Board | undefined {
    return this.#board
  }

  /** When it was last read, in milliseconds since 1970; 0 before. */
  get readAt(): number {
    return this.#readAt
  }

  /** Reads the board, at least as it was at `seq`. Events that come meanwhile wait. Throws ApiError. */
  async read(seq = 0): Promise<void> {
    this.#held ??= []
    const { context, project: id, perColumn: per_column, awaited } = this.#options
    const at_least = Math.max(seq, awaited())
    const headers = at_least > 0 ? { 'FlowTrack-Seq': String(at_least) } : {}
    const params = { path: { id }, query: { per_column } }
    try {
      const answer = dataOf(await context.api.GET('/projects/{id}/board', { params, headers }))
      const readAt = Date.now()
      const board = await withOwnMember(context, answer)
      this.#readAt = readAt
      const held = this.#held ?? []
      const loaded = this.#board?.columns ?? []
      this.#held = undefined
      this.#meanwhile = undefined // a page of the old board is of no use
      this.#removed = new Set()
      this.#board = undefined
      this.#become(board)
      for (const event of held) this.#apply(event)
      this.#options.onChange()
      this.#refill(loaded).catch(() => {}) // the user can still load more
      this.#loadMembers(this.#removed)
    } catch (error) {
      this.#held = undefined
      throw error
    }
  }

  /** Reads the board. Retries after a failure, until the board is read or there is no access any more. */
  reread(seq = 0): void {
    const { context, onEnded, isOver } = this.#options
    this.read(seq).catch((error) => {
      const problem = error instanceof ApiError ? error.problem : undefined
      if (problem && isFinal(problem)) onEnded({ code: problem.status, reason: problem.title })
      else context.later(() => !isOver() && this.reread(seq))
    })
  }

  /** Takes an event that the socket has brought. */
  take(event: Event): void {
    if (this.#held) this.#held.push(event)
    else this.#apply(event)
  }

  /** Loads the next page of the column `key`. Returns whether there are still more. Throws ApiError. */
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
    this.#meanwhile = []
    try {
      const page = await pageOf(this.#options.context.api, this.#board as Board, at)
      const meanwhile = this.#meanwhile
      if (this.#board && meanwhile) this.#become(withPage(this.#board, key, page, meanwhile))
      this.#options.onChange()
    } finally {
      this.#meanwhile = undefined
    }
    return (column()?.next_cursor ?? null) !== null
  }

  /** Loads as many tasks of long columns as were loaded before the board was read again. */
  async #refill(loaded: BoardColumn[]): Promise<void> {
    const loadedCount = (key: string) => this.#board?.columns.find((column) => column.key === key)?.tasks.length ?? 0
    for (const { key, tasks } of loaded) while (loadedCount(key) < tasks.length && (await this.loadMore(key)));
  }

  /**
   * Loads the members that a board of a large project leaves out. Retries after a failure, until the board is read
   * again.
   */
  #loadMembers(removed: Set<string>): void {
    if (!this.#board?.members_next_cursor) return
    const { context, isOver, onChange } = this.#options
    const isOld = () => removed !== this.#removed || isOver()
    readOtherMembers(context.api, this.#board).then(
      (rows) => {
        if (isOld() || !this.#board) return
        this.#become(withMembers(this.#board, rows, removed))
        onChange()
      },
      () => context.later(() => !isOld() && this.#loadMembers(removed)),
    )
  }

  #apply(event: Event): void {
    if (!this.#board) return
    if (event.action === 'member.removed') this.#removed.add(event.entity_id)
    try {
      this.#meanwhile?.push(event)
      this.#become(applyEvent(this.#board, event))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#held = [event]
      this.reread(event.seq)
    }
  }

  #become(board: Board): void {
    this.#board = board
    this.#options.onBoard(board)
  }
}
