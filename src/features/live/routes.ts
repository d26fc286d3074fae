import { Hono, type MiddlewareHandler } from 'hono'
import * as z from 'zod'
import { isAllowed } from '../../config/origins.ts'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { countUnverified } from '../../http/stranger.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { id, idParam } from '../../lib/fields.ts'
import { type InboxJoin, JOIN_HEADER } from '../../live/connection.ts'
import { hubName, locationOf, placeOf } from '../../live/places.ts'
import * as service from './service.ts'

const ConnectQuery = z.object({
  ticket: z.string().max(128).optional().meta({ description: 'From POST /auth/ws-ticket, in place of Authorization' }),
  since: z.string().max(64).optional().meta({ description: '`<seq>` or `<epoch>:<seq>`: replays the events after it' }),
})

/** Browsers send the origin of the page with every upgrade. It is checked here, as CORS does not apply to sockets. */
const requireUpgrade: MiddlewareHandler<App> = async (c, next) => {
  const asked = c.req.method === 'GET' && c.req.header('Upgrade')?.toLowerCase() === 'websocket'
  if (!asked) throw new AppError('upgrade_required')
  const origin = c.req.header('Origin')
  const allowed = [new URL(c.req.url).origin, ...c.get('ctx').config.CORS_ORIGINS]
  if (origin !== undefined && !isAllowed(allowed, origin)) throw new AppError('origin_forbidden')
  await next()
}

const userParam = z.object({ user_id: id.meta({ description: 'The id of the person' }) })

const requireTicketOrBearer: MiddlewareHandler<App> = (c, next) =>
  c.req.query('ticket') ? countUnverified(c, next) : requireBearer(c, next)

const upgradeOf = (join: InboxJoin) => ({ Upgrade: 'websocket', [JOIN_HEADER]: JSON.stringify(join) })

export const liveRoutes = new Hono<App>()
  .get(
    '/projects/:id',
    describe({ id: 'openBoard', access: 'viewer' }),
    requireUpgrade,
    validate('param', idParam),
    validate('query', ConnectQuery),
    requireTicketOrBearer,
    async (c) => {
      const join = await service.openBoard(c.get('ctx'), c.req.valid('param').id, c.req.valid('query'))
      const place = placeOf(c.get('ctx').config, c.req.raw.cf)
      const hub = c.env.PROJECT_HUB.getByName(hubName(join.project_id, place), locationOf(place))
      return hub.fetch(c.req.url, { headers: upgradeOf({ ...join, place }) })
    },
  )
  .get(
    '/notifications/:user_id',
    describe({ id: 'openInbox', access: 'user' }),
    requireUpgrade,
    validate('param', userParam),
    validate('query', ConnectQuery),
    requireTicketOrBearer,
    async (c) => {
      const join = await service.openInbox(c.get('ctx'), c.req.valid('param').user_id, c.req.valid('query'))
      const hub = c.env.USER_HUB.getByName(join.user_id)
      const place = placeOf(c.get('ctx').config, c.req.raw.cf)
      return hub.fetch(c.req.url, { headers: upgradeOf({ ...join, place }) })
    },
  )
