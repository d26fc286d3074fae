/**
 * The bound of tests for what takes at most 2 s on a quiet machine (I7): a machine that runs all tests at once adds its
 * own delay. docs/live.md has times that were measured.
 */
export const CLOSED_WITHIN_MS = 5_000

/** The same when no hub was told of the end, and the next tick finds it. */
export const FOUND_WITHIN_MS = 8_000
