import type { Actor } from './actor.ts'

/* The API keys that this isolate has seen the database accept. */

/**
 * How many keys this isolate remembers. If it forgets a key, the next request with it is counted for its network until
 * the database accepts the key, and the use of the key is written once more.
 */
const MAX_REMEMBERED = 5_000

/** When this isolate last noted the use of a key: most requests then need not ask the database. */
const noted = new Map<string, number>()

/** A key by all of its parts, not by its secret alone: a genuine secret with somebody else's id is an invented key. */
const credentialOf = ({ user_id, session_id, key_hash }: Actor) => `${user_id} ${session_id} ${key_hash}`

/** When the use of this key was last noted, in milliseconds since 1970; 0: never, as far as this isolate knows. */
export const lastNotedOf = (actor: Actor): number => noted.get(credentialOf(actor)) ?? 0

/** To be called when the database has accepted the key. */
export function rememberKey(actor: Actor, now: number): void {
  if (noted.size >= MAX_REMEMBERED) noted.clear()
  noted.set(credentialOf(actor), now)
}

/** How long a key counts as known after it was noted: it may have ended. Noted at most once a minute. */
const KNOWN_MS = 120_000

/** Whether this isolate has noted within the last two minutes that the database accepted this key. */
export const isKnownKey = (actor: Actor, now: Date) =>
  actor.key_hash !== undefined && now.getTime() - lastNotedOf(actor) < KNOWN_MS

/** To be called when the database has refused the key: its requests must no longer count for the owner. */
export const forgetKey = (actor: Actor) => noted.delete(credentialOf(actor))
