import { makeOncePerConfig } from '../config/per-config.ts'
import type { RateLimit } from './rate-limits.ts'
import type { Standing } from './rate-window.ts'

/** The most windows of one kind: more would let a flood of made-up addresses use up the isolate's memory. */
const MAX_KEYS = 10_000

/** How long requests are counted singly while a reservation is under way, if no reply comes. In ms. */
const RESERVING_MS = 5_000

type Window = { used: number; ends: number }
/** A window of which this isolate has reserved the numbers after `used`, up to `upto`. */
type Reservation = Window & { upto: number }

/** Windows by key, at most `MAX_KEYS`. Those that have ended are removed to make room. */
class Windows<T extends Window = Window> {
  readonly #windows = new Map<string, T>()

  get(key: string, now: number): T | undefined {
    const found = this.#windows.get(key)
    if (found && found.ends > now) return found
    this.#windows.delete(key)
    return undefined
  }

  /** Returns whether there was room. */
  set(key: string, window: T, now: number): boolean {
    if (this.#windows.size >= MAX_KEYS && !this.#windows.has(key)) {
      for (const [old, { ends }] of this.#windows) if (ends <= now) this.#windows.delete(old)
      if (this.#windows.size >= MAX_KEYS) return false
    }
    this.#windows.set(key, window)
    return true
  }

  delete(key: string): void {
    this.#windows.delete(key)
  }
}

/** The limits as one isolate knows them. All of it may be lost: Redis has the counts. */
export class RateMemory {
  readonly #over = new Windows()
  readonly #local = new Windows()
  readonly #reserved = new Windows<Reservation>()
  readonly #debts = new Windows()

  /** Nothing remains of this limit until its window ends: requests until then are refused without asking Redis. */
  rememberOver({ limit, used, left_ms }: Standing, now = Date.now()): void {
    this.#over.set(limit.key, { used: used + 1, ends: now + left_ms }, now)
  }

  /** The state of a limit that is known to be used up, else undefined. */
  findOver(limit: RateLimit, now = Date.now()): Standing | undefined {
    const known = this.#over.get(limit.key, now)
    return known && { limit, used: known.used, left_ms: known.ends - now }
  }

  /** Takes one of the requests that are reserved; undefined when there is none. */
  takeReserved(limit: RateLimit, now = Date.now()): Standing | undefined {
    const reservation = this.#reserved.get(limit.key, now)
    if (!reservation || reservation.used === reservation.upto) return undefined
    reservation.used += 1
    if (reservation.used === reservation.upto) this.#reserved.delete(limit.key)
    return { limit, used: reservation.used, left_ms: reservation.ends - now }
  }

  /**
   * Returns how many requests the caller must count in Redis now: `ahead`, but 1 while another reservation is made,
   * or too many would be counted.
   */
  beginReservation({ key, ahead }: RateLimit, now = Date.now()): number {
    if (ahead === 1 || this.#reserved.get(key, now)) return 1
    return this.#reserved.set(key, { used: 0, upto: 0, ends: now + RESERVING_MS }, now) ? ahead : 1
  }

  /** Uses up `many` more requests: first of those that are reserved, the rest with the next count. */
  addDebt({ key, window }: RateLimit, many: number, now = Date.now()): void {
    const reservation = this.#reserved.get(key, now)
    const taken = reservation ? Math.min(many, reservation.upto - reservation.used) : 0
    if (reservation) reservation.used += taken
    if (reservation && taken > 0 && reservation.used === reservation.upto) this.#reserved.delete(key)
    if (taken === many) return
    const { used, ends } = this.#debts.get(key, now) ?? { used: 0, ends: now + window * 1000 }
    this.#debts.set(key, { used: used + many - taken, ends }, now)
  }

  /** Returns how many more requests the next count must include, and forgets them: the caller counts them. */
  takeDebt({ key }: RateLimit, now = Date.now()): number {
    const debt = this.#debts.get(key, now)?.used ?? 0
    this.#debts.delete(key)
    return debt
  }

  /** Takes one of `many` requests that were counted at once; the others are kept for later requests. */
  keepReservation({ limit, used: upto, left_ms }: Standing, many: number, now = Date.now()): Standing {
    const used = upto - many + 1
    if (many > 1) this.#reserved.set(limit.key, { used, upto, ends: now + left_ms }, now)
    return { limit, used, left_ms }
  }

  /** Counts without Redis, for this isolate alone. A limit for which there is no room counts as used up. */
  countHere(limit: RateLimit, now = Date.now()): Standing {
    const { used, ends } = this.#local.get(limit.key, now) ?? { used: 0, ends: now + limit.window * 1000 }
    const kept = this.#local.set(limit.key, { used: used + 1, ends }, now)
    return { limit, used: kept ? used + 1 : Number.POSITIVE_INFINITY, left_ms: ends - now }
  }

  /** Gives one request back to the count of this isolate, if it was counted `here`. */
  giveBack({ key }: RateLimit, here: boolean, now = Date.now()): void {
    this.#over.delete(key) // perhaps it is no longer used up: the next count decides
    const counted = here ? this.#local.get(key, now) : undefined
    if (counted && counted.used > 0) this.#local.set(key, { ...counted, used: counted.used - 1 }, now)
  }

  /** Forgets what this isolate alone has counted. */
  clearCount({ key }: RateLimit): void {
    this.#local.set(key, { used: 0, ends: 0 }, 0)
  }
}

/** The memory of this isolate, for this deployment. */
export const memoryOf = makeOncePerConfig(() => new RateMemory())
