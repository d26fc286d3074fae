import type { Pipeline } from '@upstash/redis'
import { AppError } from '../lib/errors.ts'
import type { RateLimit } from './rate-limits.ts'

/** The state of a rate limit: how much of it is used, and how long its window still lasts (ms). */
export type Standing = { limit: RateLimit; used: number; left_ms: number }

export const isOver = ({ limit, used }: Standing) => used > limit.quota
export const remainingOf = ({ limit, used }: Standing) => Math.max(0, limit.quota - used)
/** Whole seconds until the window ends, at least 1: a client that is told 0 would ask again at once. */
export const secondsLeftOf = ({ left_ms }: Standing) => Math.max(1, Math.ceil(left_ms / 1000))
export const withoutLimits = (limits: RateLimit[], standings: Standing[]) =>
  standings.filter(({ limit }) => !limits.some(({ key }) => key === limit.key))

/**
 * KEYS: a counter. ARGV: how many more, and its window in ms. Returns what is used, and the ms that are left. One
 * script, as each command is paid for; a key that lost its expiry gets one with the next count.
 */
const COUNT = `
local used, left = redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[2])
  redis.call('pexpire', KEYS[1], left)
end
return {used, left}
`

/** Adds to a pipeline: counts `many` requests. Concurrent counts get different numbers. */
export const addCount = (pipeline: Pipeline, { key, window }: RateLimit, many: number): Pipeline =>
  pipeline.eval(COUNT, [key], [String(many), String(window * 1000)])

/** KEYS: a counter. Takes one back, but not below zero, nor of a window that has ended. */
const GIVE_BACK = `
if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end
`

export const addGiveBack = (pipeline: Pipeline, { key }: RateLimit): Pipeline => pipeline.eval(GIVE_BACK, [key], [])

/** The state of a limit after the reply to `addCount`. Throws when Redis did not count. */
export function standingOf(limit: RateLimit, reply: unknown): Standing {
  const [used, left_ms] = Array.isArray(reply) ? reply.map(Number) : []
  if (!used || left_ms === undefined || Number.isNaN(left_ms))
    throw new Error('Redis returned no count for a rate limit')
  return { limit, used, left_ms }
}

const DETAILS: Record<RateLimit['policy'], string> = {
  account: 'Too many wrong passwords for this account',
  address: 'Too many registrations, sign-ins, refreshes, sign-outs or uses of recovery links from this address',
  keyed: 'Too many writes of this user with an Idempotency-Key',
  stranger: 'Too many requests from this network without a verified API key or ticket',
  user: 'Too many requests of this user',
}

/** The refusal of a request whose limit is used up. */
export function refusalOf(standing: Standing): AppError {
  const { policy } = standing.limit
  const retry_after = secondsLeftOf(standing)
  const detail = `${DETAILS[policy]}: wait as many seconds as Retry-After says.`
  return new AppError('too_many_requests', { detail, facts: { policy, retry_after }, retry_after })
}
