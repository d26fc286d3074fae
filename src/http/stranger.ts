import type { MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { strangerLimit } from '../redis/rate-limits.ts'

/** Counts a request without credentials against the network that it comes from. Throws too_many_requests. */
export const countStranger: MiddlewareHandler<App> = async (c, next) => {
  const { limits, config } = c.get('ctx')
  limits.consume(strangerLimit(config, c.req.header('CF-Connecting-IP') ?? null))
  await next()
}

/**
 * Counts a request against the network that it comes from, because its credential has probably ended or may be
 * invented: a sender can invent any number. If the database accepts the credential, the network gets the count back, so
 * that the real keys of a network do not share a limit, and the request counts for the account. Throws
 * too_many_requests.
 */
export const countUnverified: MiddlewareHandler<App> = async (c, next) => {
  const { limits, config } = c.get('ctx')
  const stranger = strangerLimit(config, c.req.header('CF-Connecting-IP') ?? null)
  limits.holdAccountCounts()
  limits.consume(stranger)
  const work = next()
  const counted = work.then(() => (limits.isCredentialConfirmed ? limits.clear([], [stranger]) : undefined))
  c.executionCtx.waitUntil(counted.catch(() => undefined)) // even if the client leaves before the answer
  await work
}
