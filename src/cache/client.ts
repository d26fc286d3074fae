import { Redis } from '@upstash/redis'
import type { Config } from '../env.ts'

const clients = new WeakMap<Config, Redis>()

/**
 * Redis over REST. It never retries by itself (a repeated PUBLISH would be a second message), and
 * gives up after `CACHE_TIMEOUT_MS`.
 */
export function openCache(config: Config): Redis {
  const known = clients.get(config)
  if (known) return known
  const redis = new Redis({
    url: config.UPSTASH_REDIS_REST_URL,
    token: config.UPSTASH_REDIS_REST_TOKEN,
    retry: { retries: 0 }, // `false` would still try twice
    signal: () => AbortSignal.timeout(config.CACHE_TIMEOUT_MS),
    enableTelemetry: false,
  })
  clients.set(config, redis)
  return redis
}
