const FIRST_MS = 300
const LONGEST_MS = 10_000

/**
 * Milliseconds to wait after the nth failure in a row (from 0): exponential with full jitter, so that clients that
 * failed together don't come back together.
 */
export const backoff = (failures: number, random = Math.random) =>
  random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 20))
