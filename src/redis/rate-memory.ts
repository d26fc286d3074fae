import { makeOncePerConfig } from '../config/per-config.ts'
import type { Subject } from './rate-limits.ts'
import type { Standing } from './rate-window.ts'

/** The most windows of one kind: more would let a flood of made-up addresses use up the isolate's memory. */
const MAX_KEYS = 10_000

/** How long requests are counted singly while a count ahead is under way, if no reply comes. In ms. */
const ASKING_MS = 5_000

type Window = { used: number; ends: number }
/** A window of which this isolate has reserved the numbers after `used`, up to `upto`. */
type Held = Window & { upto: number }

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
export class Memory {
  readonly #over = new Windows()
  readonly #local = new Windows()
  readonly #ahead = new Windows<Held>()
  readonly #owed = new Windows()

  /** Nothing remains of this limit until its window ends: requests until then are refused without asking Redis. */
  remember({ subject, used, left_ms }: Standing, now = Date.now()): void {
    this.#over.set(subject.key, { used: used + 1, ends: now + left_ms }, now)
  }

  /** The state of a subject that is known to be over its limit, else undefined. */
  findOver(subject: Subject, now = Date.now()): Standing | undefined {
    const known = this.#over.get(subject.key, now)
    return known && { subject, used: known.used, left_ms: known.ends - now }
  }

  /** Takes one of the requests that were counted ahead; undefined when there is none. */
  take(subject: Subject, now = Date.now()): Standing | undefined {
    const held = this.#ahead.get(subject.key, now)
    if (!held || held.used === held.upto) return undefined
    held.used += 1
    if (held.used === held.upto) this.#ahead.delete(subject.key)
    return { subject, used: held.used, left_ms: held.ends - now }
  }

  /**
   * How many requests to count in Redis now: `ahead`, but 1 while another count ahead is under way, or too many would
   * be counted.
   */
  toCount({ key, ahead }: Subject, now = Date.now()): number {
    if (ahead === 1 || this.#ahead.get(key, now)) return 1
    return this.#ahead.set(key, { used: 0, upto: 0, ends: now + ASKING_MS }, now) ? ahead : 1
  }

  /** Uses up `many` more requests: first of those that were counted ahead, the rest with the next count. */
  owe({ key, window }: Subject, many: number, now = Date.now()): void {
    const held = this.#ahead.get(key, now)
    const paid = held ? Math.min(many, held.upto - held.used) : 0
    if (held) held.used += paid
    if (held && paid > 0 && held.used === held.upto) this.#ahead.delete(key)
    if (paid === many) return
    const { used, ends } = this.#owed.get(key, now) ?? { used: 0, ends: now + window * 1000 }
    this.#owed.set(key, { used: used + many - paid, ends }, now)
  }

  /** Returns how many requests are owed, and forgets them: the caller counts them. */
  pay({ key }: Subject, now = Date.now()): number {
    const owed = this.#owed.get(key, now)?.used ?? 0
    this.#owed.delete(key)
    return owed
  }

  /** Takes one of `many` requests that were counted at once; the others are held for later requests. */
  hold({ subject, used: upto, left_ms }: Standing, many: number, now = Date.now()): Standing {
    const used = upto - many + 1
    if (many > 1) this.#ahead.set(subject.key, { used, upto, ends: now + left_ms }, now)
    return { subject, used, left_ms }
  }

  /** Counts without Redis, for this isolate alone. A subject for which there is no room counts as over its limit. */
  count(subject: Subject, now = Date.now()): Standing {
    const { used, ends } = this.#local.get(subject.key, now) ?? { used: 0, ends: now + subject.window * 1000 }
    const kept = this.#local.set(subject.key, { used: used + 1, ends }, now)
    return { subject, used: kept ? used + 1 : Number.POSITIVE_INFINITY, left_ms: ends - now }
  }

  /** Gives one request back to the count of this isolate, if it was counted `here`. */
  giveBack({ key }: Subject, here: boolean, now = Date.now()): void {
    this.#over.delete(key) // perhaps it is no longer over its limit: the next count decides
    const counted = here ? this.#local.get(key, now) : undefined
    if (counted && counted.used > 0) this.#local.set(key, { ...counted, used: counted.used - 1 }, now)
  }

  forget({ key }: Subject): void {
    this.#local.set(key, { used: 0, ends: 0 }, 0)
  }
}

/** The memory of this isolate, for this deployment. */
export const memoryOf = makeOncePerConfig(() => new Memory())
