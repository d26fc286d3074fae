import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { isOver, refusalOf, remainingOf, type Standing, secondsLeftOf } from '../redis/rate-window.ts'
import { isRead } from './is-read.ts'
import { respondWithProblem } from './problem.ts'

/** Headers that describe a row or a list; a refusal must not have them. */
const ANSWER_HEADERS = ['ETag', 'Link', 'Content-Disposition']

/** Of each policy, the limit that has the fewest requests left. */
const tightestOf = (standings: Standing[]) =>
  standings.filter((at) =>
    standings.every((other) => other.limit.policy !== at.limit.policy || remainingOf(at) <= remainingOf(other)),
  )

/**
 * Sets `RateLimit-Policy: "user";q=600;w=60` and `RateLimit: "user";r=599;t=42` (draft-ietf-httpapi-ratelimit-headers).
 */
function setLimitHeaders(c: Context<App>, counted: Standing[]): void {
  const standings = tightestOf(counted)
  if (standings.length === 0) return
  const policies = standings.map(({ limit: { policy, quota, window } }) => `"${policy}";q=${quota};w=${window}`)
  const limits = standings.map((at) => `"${at.limit.policy}";r=${remainingOf(at)};t=${secondsLeftOf(at)}`)
  c.res.headers.set('RateLimit-Policy', policies.join(', '))
  c.res.headers.set('RateLimit', limits.join(', '))
}

/**
 * Waits for the count, which was sent beside the work, and sets its headers. A read over the limit is refused; a write
 * has happened already and gets its answer, so the next request is refused instead. An accepted upgrade is not held
 * up: its headers are immutable.
 */
export const applyRateLimit: MiddlewareHandler<App> = async (c, next) => {
  await next()
  const settled = c.get('ctx').limits.countAll()
  if (c.res.status === 101) return c.executionCtx.waitUntil(settled)
  const standings = await settled
  const over = standings.find(isOver)
  if (over && isRead(c)) {
    c.res = respondWithProblem(c, refusalOf(over))
    for (const name of ANSWER_HEADERS) c.header(name, undefined)
    c.header('Cache-Control', 'no-store') // the answer of a picture is public
  }
  setLimitHeaders(c, standings)
}
