import { ORIGIN } from './api.ts'
import type { Access, Caller, Cast } from './callers.ts'

/** One example request to a route. Without `token`, it is sent with the caller's. */
export type Sample = { path: string; body?: unknown; token?: string; headers?: Record<string, string> }

/** What tests expect of a route: who may call it, and how many requests one call makes to Neon and to Redis. */
export type RouteExpectation = {
  /** The lowest role, or the kind of caller, that may call it. */
  access: Access
  ok: 200 | 201 | 204 | 101
  /** Neon requests of one call. */
  db: number
  /** Redis requests, before and after the answer. */
  redis: number
  /** How many of these Redis requests the answer waits for. */
  cache: number
  /** Neon requests after the answer that concern other projects than that of the write. */
  later?: number
  /** Neon requests of a repeat with the same Idempotency-Key, where it is not 1. */
  repeat?: number
  /** Scopes that an API key needs, where they are not just `read` for a GET and `write` for the rest. */
  needs?: string[]
  /** The route is outside of projects, and yet open to keys that are bound to some: it shows them only these. */
  bound_keys?: true
  sample: (cast: Cast, caller: Caller) => Sample | Promise<Sample>
}

/**
 * Samples for the callers of one route. Callers that will be refused change nothing, so all of them share one sample,
 * unless it depends on the caller: to make a sample takes more requests than the call itself.
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

/** Open to all, without a request to Neon or Redis. */
export const openToAll = (path: string) =>
  ({ access: 'public', ok: 200, db: 0, redis: 0, cache: 0, sample: () => ({ path }) }) as const

type Make = RouteExpectation['sample']
/** One request to Neon for the work, and at the same time one to Redis that counts the caller's requests. */
export const entry = (access: Access, ok: RouteExpectation['ok'], sample: Make): RouteExpectation => ({
  access,
  ok,
  db: 1,
  redis: 1,
  cache: 1,
  sample,
})
export const read = (access: Access, sample: Make) => entry(access, 200, sample)
/** A read that is not cached yet: one Redis request counts and looks, and after the answer one fills the cache. */
export const cachedRead = (access: Access, sample: Make): RouteExpectation => ({
  ...entry(access, 200, sample),
  redis: 2,
})
/** A write that publishes nothing, as no board shows what it changes. */
export const quietWrite = entry
/**
 * The password is compared between two requests to Neon. If it is right, a second Redis request clears the count of
 * wrong ones.
 */
export const comparingPassword = (access: Access, ok: RouteExpectation['ok'], sample: Make): RouteExpectation => ({
  ...entry(access, ok, sample),
  db: 2,
  redis: 2,
  cache: 2,
})
/** A write to a project: the second Redis request publishes it, after the answer. */
export const write = (access: Access, ok: RouteExpectation['ok'], sample: Make): RouteExpectation => ({
  ...entry(access, ok, sample),
  redis: 2,
})
/** A write that ends somebody's access: one more Redis request, before the answer, refuses what is cached for them. */
export const endingAccess = (other: RouteExpectation): RouteExpectation => ({
  ...other,
  redis: other.redis + 1,
  cache: other.cache + 1,
})
/** A write that shows something which the scope `write` alone does not allow to read. */
export const alsoReads = (other: RouteExpectation): RouteExpectation => ({ ...other, needs: ['read', 'write'] })
/** A route outside of projects that keys bound to some projects may call. */
export const openToBoundKeys = (other: RouteExpectation): RouteExpectation => ({ ...other, bound_keys: true })
/** Whether a Redis request follows the answer: one that publishes a write, or fills the cache. */
export const asksRedisAfterAnswer = ({ redis, cache }: RouteExpectation) => redis > cache
