import { perConfig } from '../per-config.ts'

/** How long Redis is left alone after it failed, in milliseconds. */
const PAUSE_MS = 5_000

/**
 * Spares requests the wait for a Redis that is away: after a failure nobody asks for a while, then
 * one asks for all.
 */
export class Breaker {
  #closedFrom = 0
  #failed = false

  /** Whether to leave Redis alone. Ask only when about to send: after the pause, one `false` is the test. */
  isOpen(now = Date.now()): boolean {
    if (!this.#failed) return false
    if (now < this.#closedFrom) return true
    this.#closedFrom = now + PAUSE_MS
    return false
  }

  /** Returns whether this is news. */
  failed(now = Date.now()): boolean {
    const news = !this.#failed
    this.#failed = true
    this.#closedFrom = now + PAUSE_MS
    return news
  }

  /** Returns whether this is news. */
  answered(): boolean {
    const news = this.#failed
    this.#failed = false
    return news
  }
}

/** This isolate's, for this deployment. */
export const breakerOf = perConfig(() => new Breaker())
