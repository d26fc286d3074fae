/** After how long without an acknowledgement a webhook is paused. */
export const GIVE_UP_MS = 24 * 3_600_000
/** The longest pause between two attempts. */
const LONGEST_MS = 3_600_000
/** Answers that may say when to come again (RFC 9110, 10.2.3 and 15.6.4; RFC 6585, 4). */
const BUSY = [429, 503]

/** The pause that an answer asks for in `Retry-After`, as seconds or as a date, in milliseconds up to an hour; 0 for none. */
export function askedPause(status: number, retry_after: string | null, now: number): number {
  if (!BUSY.includes(status) || retry_after === null) return 0
  const ms = /^\d+$/.test(retry_after) ? Number(retry_after) * 1_000 : Date.parse(retry_after) - now
  return Math.min(LONGEST_MS, Math.max(0, ms || 0))
}

/**
 * How long to wait after a failure, in milliseconds: twice as long each time, up to an hour, and of that between a half
 * and the whole, so that receivers which failed together are not all called together.
 */
export const pauseAfter = (failures: number, first_ms: number, chance: number): number =>
  Math.round(Math.min(LONGEST_MS, first_ms * 2 ** Math.min(failures, 30)) * (0.5 + chance / 2))
