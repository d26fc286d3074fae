/** After how long without an acknowledgement a webhook is paused. */
export const GIVE_UP_MS = 24 * 3_600_000
/** The longest pause between two attempts. */
const LONGEST_MS = 3_600_000

/**
 * How long to wait after a failure, in milliseconds: twice as long each time, up to an hour, and of that between a half
 * and the whole, so that receivers which failed together are not all called together.
 */
export const pauseAfter = (failures: number, first_ms: number, chance: number): number =>
  Math.round(Math.min(LONGEST_MS, first_ms * 2 ** Math.min(failures, 30)) * (0.5 + chance / 2))
