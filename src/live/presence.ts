/** The people on a board. Pure: the clock is an argument. Times are in milliseconds since 1970. */

/**
 * One person on a board, however many sockets they have. `task_id`: the card that they have open, or null; `at`: when
 * the client last named a card or none, or else when its socket opened.
 */
export type PresentPerson = { user_id: string; task_id: string | null; at: number }

/** How many people are listed at most: nobody reads a longer list. */
export const MAX_LISTED = 100

/** After how many milliseconds of silence a client that pings counts as gone. Others learn of it within 15 s. */
export const SILENT_MS = 14_000

/** One socket: when its client last said something, and when it last pinged (null: never). */
export type Sign = PresentPerson & { pinged_at: number | null }

/** A client that has never pinged is never silent: only the end of its socket shows that it has left. */
const isSilent = ({ at, pinged_at }: Sign, now: number) =>
  pinged_at !== null && Math.max(at, pinged_at) + SILENT_MS <= now

/** Whether `a` goes before `b`, an entry of the same person: an open card before none, else the newer entry. */
const outranks = (a: PresentPerson, b: PresentPerson) =>
  (a.task_id === null) === (b.task_id === null) ? a.at > b.at : a.task_id !== null

/** Merges lists into one with each person once, in the order of their ids, of at most MAX_LISTED. */
export function mergePresent(entries: Iterable<PresentPerson>): PresentPerson[] {
  const people = new Map<string, PresentPerson>()
  for (const { user_id, task_id, at } of entries) {
    const known = people.get(user_id)
    const entry = { user_id, task_id, at }
    if (!known || outranks(entry, known)) people.set(user_id, entry)
  }
  return [...people.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1)).slice(0, MAX_LISTED)
}

/** The people of these sockets who are still there. */
export const presentOf = (signs: readonly Sign[], now: number) =>
  mergePresent(signs.filter((sign) => !isSilent(sign, now)))

/**
 * When to check again who is silent; null when nothing can change. Pings do not wake the hub, so a new
 * socket is checked once, to see whether it pings. A silent socket is checked for as long as it may ping again.
 */
export function nextCheckTimeOf(signs: readonly Sign[], now: number): number | null {
  let next = Number.POSITIVE_INFINITY
  for (const sign of signs) {
    const limit = Math.max(sign.at, sign.pinged_at ?? 0) + SILENT_MS
    if (limit > now) next = Math.min(next, limit)
    else if (sign.pinged_at !== null) next = Math.min(next, now + SILENT_MS)
  }
  return Number.isFinite(next) ? next : null
}
