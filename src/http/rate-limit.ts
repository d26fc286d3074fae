import type { Context, MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { isOver, refusal, remaining, type Standing, secondsLeft } from '../redis/rate-window.ts'
import { problem } from './problem.ts'

/** Headers that describe a row or a list; a refusal must not have them. */
const OF_THE_ANSWER = ['ETag', 'Link', 'Content-Disposition']

/** One for each policy: of several, the one that ends first. */
const tightest = (standings: Standing[]) =>
  standings.filter((at) =>
    standings.every((other) => other.subject.policy !== at.subject.policy || remaining(at) <= remaining(other)),
  )

/** `RateLimit-Policy: "user";q=600;w=60` and `RateLimit: "user";r=599;t=42` (draft-ietf-httpapi-ratelimit-headers-11). */
function tell(c: Context<App>, counted: Standing[]): void {
  const standings = tightest(counted)
  if (standings.length === 0) return
  const policies = standings.map(({ subject: { policy, quota, window } }) => `"${policy}";q=${quota};w=${window}`)
  const limits = standings.map((at) => `"${at.subject.policy}";r=${remaining(at)};t=${secondsLeft(at)}`)
  c.res.headers.set('RateLimit-Policy', policies.join(', '))
  c.res.headers.set('RateLimit', limits.join(', '))
}

/**
 * Waits for the count that went out beside the work, and tells it. A read is refused when nothing
 * remained; a write has happened, and says so: it is the next one that is refused. An answered
 * upgrade has immutable headers, and its count needs no waiting for.
 */
export const rateLimit: MiddlewareHandler<App> = async (c, next) => {
  await next()
  const settled = c.get('ctx').limits.result()
  if (c.res.status === 101) return c.executionCtx.waitUntil(settled)
  const standings = await settled
  const over = standings.find(isOver)
  if (over && ['GET', 'HEAD'].includes(c.req.method)) {
    c.res = problem(c, refusal(over))
    for (const name of OF_THE_ANSWER) c.header(name, undefined)
    c.header('Cache-Control', 'no-store') // a picture's is public
  }
  tell(c, standings)
}
