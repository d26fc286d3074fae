import type { Head } from './cache/heads.ts'
import type { Cache } from './cache/store.ts'
import type { Config } from './config/config.ts'
import type { Database } from './db/client.ts'
import type { Log } from './lib/log.ts'
import type { Realtime } from './live/publish.ts'
import type { RateLimiter } from './redis/rate-limiter.ts'
import type { Actor } from './security/actor.ts'

/** A client's Idempotency-Key, and the print of the request that it came with. */
export type IdempotencyKey = { key: string; fingerprint: string }

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
  /** Set by a route that an API key may call which is bound to some projects. Any other refuses it. */
  takes_bound_keys?: boolean
  /** Set when a signed link asks in the place of a person: it reads reports of its project, and no more. */
  link?: string
  /** The state that the reader has: the seq that the answer must have reached, and the version that the reader holds. */
  reader: { min_seq?: number; version?: number }
  /** The head of the project at the last `read` of it. */
  at?: Head
  /** Set when the client wants this request to happen once, however often it is sent. */
  idempotency?: IdempotencyKey
  log: Log
  /** For work after the answer, which keeps the Worker for up to 30 s. */
  waitUntil: (work: Promise<unknown>) => void
}

/** The types of the Hono app: bindings, and what the middleware puts beside the request. */
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
