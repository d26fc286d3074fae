import type { Config } from '../env.ts'
import type { Subject } from './subject.ts'
import type { Standing } from './window.ts'

/** More would let a flood of made-up addresses eat the isolate's memory. */
const MAX_KEYS = 10_000

type Window = { used: number; ends: number }

/** Windows by key, at most `MAX_KEYS` of them: those that have ended make room first. */
class Windows {
  readonly #windows = new Map<string, Window>()

  get(key: string, now: number): Window | undefined {
    const found = this.#windows.get(key)
    if (found && found.ends > now) return found
    this.#windows.delete(key)
    return undefined
  }

  /** Returns whether there was room. */
  set(key: string, window: Window, now: number): boolean {
    if (this.#windows.size >= MAX_KEYS && !this.#windows.has(key)) {
      for (const [old, { ends }] of this.#windows) if (ends <= now) this.#windows.delete(old)
      if (this.#windows.size >= MAX_KEYS) return false
    }
    this.#windows.set(key, window)
    return true
  }
}

/** What one isolate knows of limits. All of it may be lost: Redis has the counts. */
export class Memory {
  readonly #over = new Windows()
  readonly #local = new Windows()

  /** Nothing remains of this quota until its window ends: whoever asks meanwhile need not ask Redis. */
  remember({ subject, used, left_ms }: Standing, now = Date.now()): void {
    this.#over.set(subject.key, { used: used + 1, ends: now + left_ms }, now)
  }

  /** Where a subject stands that is known to be over. */
  over(subject: Subject, now = Date.now()): Standing | undefined {
    const known = this.#over.get(subject.key, now)
    return known && { subject, used: known.used, left_ms: known.ends - now }
  }

  /** Counts without Redis, for this isolate alone. When there is no room for one more, it is over. */
  count(subject: Subject, now = Date.now()): Standing {
    const { used, ends } = this.#local.get(subject.key, now) ?? { used: 0, ends: now + subject.window * 1000 }
    const kept = this.#local.set(subject.key, { used: used + 1, ends }, now)
    return { subject, used: kept ? used + 1 : Number.POSITIVE_INFINITY, left_ms: ends - now }
  }

  forget({ key }: Subject): void {
    this.#local.set(key, { used: 0, ends: 0 }, 0)
  }
}

const memories = new WeakMap<Config, Memory>()

/** The memory of this isolate, for this deployment. */
export function memoryOf(config: Config): Memory {
  const memory = memories.get(config) ?? new Memory()
  memories.set(config, memory)
  return memory
}
