import type { Pipeline } from '@upstash/redis'
import type { Subject } from './subject.ts'

/** Where a subject stands: what is used of its quota, and how long its window still lasts (ms). */
export type Standing = { subject: Subject; used: number; left_ms: number }

export const isOver = ({ subject, used }: Standing) => used > subject.quota
export const remaining = ({ subject, used }: Standing) => Math.max(0, subject.quota - used)
/** Whole seconds until the window ends, never 0: a client told 0 would ask again at once. */
export const secondsLeft = ({ left_ms }: Standing) => Math.max(1, Math.ceil(left_ms / 1000))

/** Commands that one count takes, and so replies that `standingOf` reads. */
export const COMMANDS = 3

/**
 * Adds one count to a pipeline. INCR is what decides, and gives each number once, however many
 * count at the same time. It comes first: a key that lost its expiry gets one with the next count.
 */
export function addCount(pipeline: Pipeline, { key, window }: Subject): void {
  pipeline.incr(key)
  pipeline.pexpire(key, window * 1000, 'NX')
  pipeline.pttl(key)
}

/** The replies to `addCount`. A window that ended in between counts as a whole one. */
export function standingOf(subject: Subject, replies: readonly unknown[]): Standing {
  const [used, , left] = replies.map(Number)
  if (!used || left === undefined) throw new Error('Redis did not count')
  return { subject, used, left_ms: left > 0 ? left : subject.window * 1000 }
}
