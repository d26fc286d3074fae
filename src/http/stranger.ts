import type { MiddlewareHandler } from 'hono'
import type { App } from '../context.ts'
import { strangerQuota } from '../redis/rate-quotas.ts'

/** Counts a request without credentials against the network that it comes from. */
export const countStranger: MiddlewareHandler<App> = async (c, next) => {
  const { limits, config } = c.get('ctx')
  limits.consume(strangerQuota(config, c.req.header('CF-Connecting-IP') ?? null))
  await next()
}

/**
 * Counts a request against the network that it comes from, for a credential that may be made up: a
 * sender can make up any number of those. A request that succeeds gets its count back, so that a
 * network's real keys take nothing from each other. A refused one asks neither database.
 */
export const asStranger: MiddlewareHandler<App> = async (c, next) => {
  const { limits, config } = c.get('ctx')
  const stranger = strangerQuota(config, c.req.header('CF-Connecting-IP') ?? null)
  limits.consume(stranger)
  await next()
  if (c.res.status < 400) c.executionCtx.waitUntil(limits.clear([], [stranger]))
}
