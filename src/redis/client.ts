import { Redis } from '@upstash/redis'
import type { Config } from '../config/config.ts'
import { makeOncePerConfig } from '../config/per-config.ts'

/**
 * Without auto-pipelining: commands of two requests would share one fetch, which a Worker may not do. Text goes
 * through as it is, unparsed and unencoded: it costs less, and a cached value is passed on as it is.
 */
const optionsOf = ({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }: Config, timeout_ms: number) =>
  ({
    url,
    token,
    retry: { retries: 0 }, // `false` would still try twice
    signal: () => AbortSignal.timeout(timeout_ms),
    enableTelemetry: false,
    enableAutoPipelining: false,
    automaticDeserialization: false,
    responseEncoding: false,
  }) as const

/**
 * Redis over REST. It never retries by itself (a repeated PUBLISH would be a second message), and
 * gives up after `CACHE_TIMEOUT_MS`.
 */
export const openCache = makeOncePerConfig((config) => new Redis(optionsOf(config, config.CACHE_TIMEOUT_MS)))

/** `openCache` for cached reads, where somebody is waiting: it gives up after `CACHE_READ_TIMEOUT_MS`. */
export const openReader = makeOncePerConfig((config) => new Redis(optionsOf(config, config.CACHE_READ_TIMEOUT_MS)))

/** The text of a failure, at most 200 characters. Without the command, which contains the value to be cached. */
export const reasonOf = (error: unknown) => String(error).split(', command was')[0]?.slice(0, 200)
