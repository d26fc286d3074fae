import { backoffOf } from '../../lib/backoff.ts'

/** After this time without an acknowledgement, a webhook is paused. */
export const GIVE_UP_MS = 24 * 3_600_000
/** The longest pause between two attempts. */
export const MAX_PAUSE_MS = 3_600_000
/** Status codes of answers that may say when to try again (RFC 9110, 10.2.3 and 15.6.4; RFC 6585, 4). */
const BUSY = [429, 503]

/** The pause that an answer asks for in `Retry-After` (seconds or a date), in milliseconds up to an hour; else 0. */
export function retryPauseOf(status: number, retry_after: string | null, now: number): number {
  if (!BUSY.includes(status) || retry_after === null) return 0
  const ms = /^\d+$/.test(retry_after) ? Number(retry_after) * 1_000 : Date.parse(retry_after) - now
  return Math.min(MAX_PAUSE_MS, Math.max(0, ms || 0))
}

/** The pause before the next attempt, in milliseconds: longer after each failure, and at least `asked_ms`. */
export const nextPauseOf = (failures: number, first_ms: number, asked_ms: number) =>
  Math.max(asked_ms, backoffOf(failures, first_ms, MAX_PAUSE_MS, Math.random()))
