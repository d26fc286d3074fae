import { ORIGIN } from './api.ts'
import type { Access, Caller, World } from './callers.ts'

/** How a route is called: what the role table and the trip counter are computed from. */
export type Sample = { path: string; body?: unknown; token?: string; headers?: Record<string, string> }

export type Entry = {
  access: Access
  ok: 200 | 201 | 204 | 101
  /** Neon requests of one call. */
  db: number
  /** Redis requests, in waitUntil or before the answer. */
  redis: number
  /** Of these, those that the answer waited for. */
  cache: number
  /** Neon requests after the answer, for others than the project of the write. */
  later?: number
  /** Neon requests of a repeat under the same Idempotency-Key, where 1 cannot do. */
  repeat?: number
  /** Scopes that an API key needs, where they are not just `read` for a GET and `write` for the rest. */
  needs?: string[]
  /** Outside of any project, and yet for a key that is bound to some: shows it those alone. */
  bound_keys?: true
  sample: (world: World, caller: Caller) => Sample | Promise<Sample>
}

/**
 * Samples for the callers of one route. Who is to be refused changes nothing, so all of them share one, unless it depends on
 * the caller: to make one takes more requests than the call itself.
 */
export function samplesFor<T>(make: (caller: Caller) => T | Promise<T>, dependsOnCaller: boolean) {
  let shared: Promise<T> | undefined
  return async (caller: Caller, isRefused: boolean): Promise<T> => {
    if (!isRefused || dependsOnCaller) return make(caller)
    shared ??= Promise.resolve(make(caller))
    return shared
  }
}

/** A sample as a request. */
export function requestOf(method: string, { path, body, headers }: Sample, token?: string): Request {
  return new Request(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/** Open to all, without a trip. */
export const anyone = (path: string) =>
  ({ access: 'public', ok: 200, db: 0, redis: 0, cache: 0, sample: () => ({ path }) }) as const

type Make = Entry['sample']
/** One trip to each database: the work, and beside it the count of the caller's requests. */
export const entry = (access: Access, ok: Entry['ok'], sample: Make): Entry => ({
  access,
  ok,
  db: 1,
  redis: 1,
  cache: 1,
  sample,
})
export const read = (access: Access, sample: Make) => entry(access, 200, sample)
/** A read that the cache has nothing of yet: it is asked, with the count aboard, and filled after the answer. */
export const cachedRead = (access: Access, sample: Make): Entry => ({ ...entry(access, 200, sample), redis: 2 })
/** A write that belongs to no project: nothing to publish. */
export const quiet = entry
/** A password is compared between two trips; a right one clears the count of the wrong ones. */
export const compared = (access: Access, ok: Entry['ok'], sample: Make): Entry => ({
  ...entry(access, ok, sample),
  db: 2,
  redis: 2,
  cache: 2,
})
/** A write to a project is published, after the answer. */
export const write = (access: Access, ok: Entry['ok'], sample: Make): Entry => ({
  ...entry(access, ok, sample),
  redis: 2,
})
/** A write that ends what somebody may see: Redis is told of it before the answer. */
export const ending = (other: Entry): Entry => ({ ...other, redis: other.redis + 1, cache: other.cache + 1 })
/** What a key that is bound to some projects may call, though it is in none. */
export const within = (other: Entry): Entry => ({ ...other, bound_keys: true })
/** A write that is published, or a cached read that is filled. */
export const asksRedisAfterAnswer = ({ redis, cache }: Entry) => redis > cache
