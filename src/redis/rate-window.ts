import type { Pipeline } from '@upstash/redis'
import { AppError } from '../lib/errors.ts'
import type { Subject } from './rate-quotas.ts'

/** The state of a subject: how much of its quota is used, and how long its window still lasts (ms). */
export type Standing = { subject: Subject; used: number; left_ms: number }

export const isOver = ({ subject, used }: Standing) => used > subject.quota
export const remaining = ({ subject, used }: Standing) => Math.max(0, subject.quota - used)
/** Whole seconds until the window ends, never 0: a client told 0 would ask again at once. */
export const secondsLeft = ({ left_ms }: Standing) => Math.max(1, Math.ceil(left_ms / 1000))
export const without = (subjects: Subject[], standings: Standing[]) =>
  standings.filter(({ subject }) => !subjects.some(({ key }) => key === subject.key))

/**
 * KEYS: a counter. ARGV: how many more, and its window in ms. Returns what is used, and the ms that are left. One
 * command, as each is paid for; a key that lost its expiry gets one with the next count.
 */
const COUNT = `
local used, left = redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[2])
  redis.call('pexpire', KEYS[1], left)
end
return {used, left}
`

/** Adds a count of `many` to a pipeline: each number is given once, however many count at the same time. */
export const addCount = (pipeline: Pipeline, { key, window }: Subject, many: number): Pipeline =>
  pipeline.eval(COUNT, [key], [String(many), String(window * 1000)])

/** KEYS: a counter. Takes one back; never below none, nor of a window that has ended. */
const GIVE_BACK = `
if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end
`

export const giveBack = (pipeline: Pipeline, { key }: Subject): Pipeline => pipeline.eval(GIVE_BACK, [key], [])

/** The reply to `addCount`: where the subject stands when all that were counted have come. */
export function standingOf(subject: Subject, reply: unknown): Standing {
  const [used, left_ms] = Array.isArray(reply) ? reply.map(Number) : []
  if (!used || left_ms === undefined || Number.isNaN(left_ms)) throw new Error('Redis did not count')
  return { subject, used, left_ms }
}

const DETAILS: Record<Subject['policy'], string> = {
  account: 'Too many wrong passwords for this account',
  address: 'Too many sign-ins, registrations and refreshes from this address',
  keyed: 'Too many writes of this user with an Idempotency-Key, whose answers are kept',
  stranger: 'Too many requests from this network whose API key or ticket is not verified yet, or without any',
  user: 'Too many requests of this user',
}

/** The answer for a subject whose quota is used up. */
export function refusal(standing: Standing): AppError {
  const { policy } = standing.subject
  const retry_after = secondsLeft(standing)
  const detail = `${DETAILS[policy]}: wait as many seconds as Retry-After says.`
  return new AppError('too_many_requests', { detail, facts: { policy, retry_after }, retry_after })
}
