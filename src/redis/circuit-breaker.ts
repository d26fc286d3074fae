import { makeOncePerConfig } from '../config/per-config.ts'

/** How long Redis is left alone after it failed, in milliseconds. */
const PAUSE_MS = 5_000

/**
 * A circuit breaker: after a failure, no request asks Redis for a while, so that none waits for
 * it. Then one request tests whether it is back.
 */
export class Breaker {
  #closedFrom = 0
  #failed = false

  /** Whether not to ask Redis. Call it only before you send: after the pause it returns false once, and that request is the test. */
  isOpen(now = Date.now()): boolean {
    if (!this.#failed) return false
    if (now < this.#closedFrom) return true
    this.#closedFrom = now + PAUSE_MS
    return false
  }

  /** Notes a failure. Returns whether it is the first one. */
  noteFailure(now = Date.now()): boolean {
    const news = !this.#failed
    this.#failed = true
    this.#closedFrom = now + PAUSE_MS
    return news
  }

  /** Notes an answer. Returns whether it is the first one after a failure. */
  noteAnswer(): boolean {
    const news = this.#failed
    this.#failed = false
    return news
  }
}

/** The breaker of this isolate, for this deployment. */
export const breakerOf = makeOncePerConfig(() => new Breaker())
