/**
 * How long to wait after a failure that `failures` others precede, in milliseconds: twice as long each time, up to
 * `max_ms`; and of that between a half (`chance` is 0) and the whole (1), so that those who failed together do not all
 * return at once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, "equal jitter").
 */
export const backoffOf = (failures: number, first_ms: number, max_ms: number, chance: number): number =>
  Math.round(Math.min(max_ms, first_ms * 2 ** failures) * (0.5 + chance / 2))
