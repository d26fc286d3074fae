import { makeOncePerConfig } from '../config/per-config.ts'
import type { Log } from '../lib/log.ts'
import { reasonOf } from './client.ts'

/** How long Redis is left alone after it failed, in milliseconds. */
const PAUSE_MS = 5_000

/**
 * A circuit breaker: after a failure, no request asks Redis for a while, so that none waits for
 * it. Then one request tests whether it is back.
 */
export class Breaker {
  #paused_until = 0
  #failed = false

  /**
   * Whether to ask Redis. Call it only before you send: after the pause it is true once, and that request is the test.
   */
  tryRequest(now = Date.now()): boolean {
    if (!this.#failed) return true
    if (now < this.#paused_until) return false
    this.#paused_until = now + PAUSE_MS
    return true
  }

  /** Notes a failure. The first one is logged: until Redis answers, each isolate counts by itself. */
  noteFailure(log: Log, error: unknown): void {
    if (!this.#failed) log.warn('limits_without_redis', { reason: reasonOf(error) })
    this.#failed = true
    this.#paused_until = Date.now() + PAUSE_MS
  }

  /** Notes an answer. The first one after a failure is logged. */
  noteAnswer(log: Log): void {
    if (this.#failed) log.info('limits_restored')
    this.#failed = false
  }
}

/** The breaker of this isolate, for this deployment. */
export const breakerOf = makeOncePerConfig(() => new Breaker())
