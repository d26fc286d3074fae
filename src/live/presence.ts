/** The people on a board. Pure: the clock is an argument. All times are in milliseconds. */

/** One person on a board, however many sockets they have. `at` is when they said what they look at. */
export type Present = { user_id: string; task_id: string | null; at: number }

/** People who are listed. On a board with more, nobody reads the list. */
export const MAX_LISTED = 100

/** How long a client that pings may be silent until it counts as gone: at most 15 s, the answer's way included. */
export const SILENT_MS = 14_000

/** One socket: when its client last said something, and when it last pinged (null: never). */
export type Sign = Present & { pinged_at: number | null }

/** Whoever has never pinged can't fall silent: their socket tells when they leave. */
const isSilent = ({ at, pinged_at }: Sign, now: number) =>
  pinged_at !== null && Math.max(at, pinged_at) + SILENT_MS <= now

/** A card that is open on any device counts; of several the one opened last. */
const outranks = (a: Present, b: Present) =>
  (a.task_id === null) === (b.task_id === null) ? a.at > b.at : a.task_id !== null

/** Several lists as one, with each person once, in a stable order. */
export function together(entries: Iterable<Present>): Present[] {
  const people = new Map<string, Present>()
  for (const { user_id, task_id, at } of entries) {
    const known = people.get(user_id)
    const entry = { user_id, task_id, at }
    if (!known || outranks(entry, known)) people.set(user_id, entry)
  }
  return [...people.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)).slice(0, MAX_LISTED)
}

/** The people behind these sockets who are still there. */
export const present = (signs: readonly Sign[], now: number) => together(signs.filter((sign) => !isSilent(sign, now)))

/**
 * When to check again who is silent; null when nothing can change. Pings do not wake the hub, so a new
 * socket is checked once, to see whether it pings. A silent socket is checked for as long as it may ping again.
 */
export function nextCheck(signs: readonly Sign[], now: number): number | null {
  let next = Number.POSITIVE_INFINITY
  for (const sign of signs) {
    const limit = Math.max(sign.at, sign.pinged_at ?? 0) + SILENT_MS
    if (limit > now) next = Math.min(next, limit)
    else if (sign.pinged_at !== null) next = Math.min(next, now + SILENT_MS)
  }
  return Number.isFinite(next) ? next : null
}
