import type { Head } from './cache/heads.ts'
import type { Cache } from './cache/store.ts'
import type { Config } from './config/config.ts'
import type { Database } from './db/client.ts'
import type { Log } from './lib/log.ts'
import type { Realtime } from './live/publish.ts'
import type { RateLimiter } from './redis/rate-limiter.ts'
import type { Actor } from './security/actor.ts'

/**
 * A client's Idempotency-Key, and a fingerprint of its request. `replayed` is noted when the request turns out to be a
 * repeat.
 */
export type IdempotencyKey = { key: string; fingerprint: string; replayed?: true }

/** All that a service needs, built once per request and passed down. */
export type Ctx = {
  db: Database
  cache: Cache
  /** The files of `public/`. */
  assets: Pick<Fetcher, 'fetch'>
  realtime: Realtime
  config: Config
  actor: Actor
  /** The rate limits that this request counts against. */
  limits: RateLimiter
  now: Date
  request_id: string
  /** Set by a route that accepts API keys that are bound to some projects. All other routes refuse such keys. */
  takes_bound_keys?: boolean
  /**
   * The id of the signed link that is used in place of a sign-in. It gives access to what the link shows, and to
   * nothing else.
   */
  link?: string
  /** What the reader knows: the seq that the answer must have reached, and the version that the reader has. */
  reader: { min_seq?: number; version?: number }
  /** The head of the project at the last `read` of it. */
  at?: Head
  /** Set when the client wants this request to happen once, however often it is sent. */
  idempotency?: IdempotencyKey
  log: Log
  /** Runs work after the answer, for at most 30 s. */
  waitUntil: (work: Promise<unknown>) => void
}

/** The types of the Hono app: bindings, and what the middleware adds to the request. */
export type App = {
  Bindings: Env
  Variables: {
    ctx: Ctx
    request_id: string
    log: Log
    /** The query parameters that the route knows, each with whether it may be repeated; undefined: it takes any. */
    query_names?: Map<string, boolean>
  }
}
