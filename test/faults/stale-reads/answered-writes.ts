type Write = { seq: number; at: number; task_id: string }

/** A task as a board shows it. */
export type Row = { id: string; seq: number }

/** What a reader was shown, and when the request was sent, in ms. `floor`: the seq that it named. */
export type Reading = { asked_at: number; seq: number; floor?: number; rows?: Row[] }

/**
 * The answered writes of one project: from the time of an answer on, clients can rely on its write.
 * Times are in milliseconds.
 */
export class AnsweredWrites {
  readonly #writes: Write[] = []
  /** For each write, the highest seq that had been answered by then. */
  readonly #highest: number[] = []

  wrote(write: Write): void {
    this.#highest.push(Math.max(write.seq, this.head))
    this.#writes.push(write)
  }

  get head(): number {
    return this.#highest.at(-1) ?? 0
  }

  /** The highest seq that had been answered at a time. */
  headAt(time: number): number {
    let [low, high] = [0, this.#writes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#writes[middle]?.at ?? 0) <= time) low = middle + 1
      else high = middle
    }
    return this.#highest[low - 1] ?? 0
  }

  /** How many ms a reading is behind: since the answer of the first write that it does not show. 0 if it shows all. */
  staleness({ asked_at, seq }: Reading): number {
    const first = this.#highest.findIndex((highest) => highest > seq)
    const missed = this.#writes[first]
    return missed ? Math.max(0, asked_at - missed.at) : 0
  }

  /** What is wrong with a reading, when nothing older than `bound_ms` may be shown; undefined if nothing is. */
  faultOf(reading: Reading, bound_ms: number): string | undefined {
    const { asked_at, seq, floor = 0, rows = [] } = reading
    if (seq < floor) return `named ${floor} and was shown ${seq}`
    const least = Math.max(floor, this.headAt(asked_at - bound_ms))
    if (seq < least) return `was shown ${seq}, ${this.staleness(reading)} ms after a later write was answered`
    const shown = new Map(rows.map((row) => [row.id, row.seq]))
    const missing = this.#writes.find(
      (write) => write.seq <= seq && (shown.get(write.task_id) ?? Number.POSITIVE_INFINITY) < write.seq,
    )
    if (missing) return `was shown a board of ${seq} without its write ${missing.seq}`
    const ahead = rows.find((row) => row.seq > seq)
    return ahead && `was shown a board of ${seq} with a write ${ahead.seq}`
  }
}
