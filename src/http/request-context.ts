import type { MiddlewareHandler } from 'hono'
import { cacheFor } from '../cache/store.ts'
import { configOf } from '../config/config.ts'
import type { App } from '../context.ts'
import { openDatabase } from '../db/client.ts'
import { logFor } from '../lib/log.ts'
import { newMeter } from '../lib/meter.ts'
import { placeOf } from '../live/places.ts'
import { realtimeFor } from '../live/publish.ts'
import { RateLimiter } from '../redis/rate-limiter.ts'
import { NOBODY } from '../security/actor.ts'

/** A path for the log: without the signature of a report link, with which anybody could see the report. */
const loggedPath = (path: string) => path.replace(/^(\/reports\/pictures\/)[^/]+/, '$1…')

/** Gives the request its id: the client's, when it is harmless to log and return, or a new one. */
export const assignRequestId: MiddlewareHandler<App> = async (c, next) => {
  const given = c.req.header('X-Request-Id') ?? ''
  c.set('request_id', /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID())
  c.set('log', logFor({ request_id: c.get('request_id'), method: c.req.method, path: loggedPath(c.req.path) }))
  await next()
  if (c.res.status !== 101) c.res.headers.set('X-Request-Id', c.get('request_id')) // c.header would copy the answer
}

/** Builds the `Ctx` of the request, with all that the services need. */
export const buildContext: MiddlewareHandler<App> = async (c, next) => {
  const [request_id, log] = [c.get('request_id'), c.get('log')]
  const config = configOf(c.env)
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const meter = newMeter()
  const limits = new RateLimiter({ config, log, meter })
  c.set('ctx', {
    db: openDatabase(config, meter),
    cache: cacheFor({ config, limits, log, waitUntil }),
    assets: c.env.ASSETS,
    realtime: realtimeFor({ env: c.env, config, log, place: () => placeOf(config, c.req.raw.cf), waitUntil }),
    config,
    actor: NOBODY,
    limits,
    reader: {},
    now: new Date(),
    request_id,
    log,
    waitUntil,
  })
  await next()
}
