import { type Context, Hono } from 'hono'
import { etag } from 'hono/etag'
import type { App } from '../../context.ts'
import { baseOf } from '../../http/base-url.ts'
import { deviceOf } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { validate } from '../../http/validate.ts'
import { MAX_AGE } from '../reports/links/schema.ts'
import { CalendarParam, CalendarQuery, MEDIA_TYPE } from './schema.ts'
import { getCalendar } from './service.ts'

async function respond(c: Context<App>, link: string, project: string | null) {
  const text = await getCalendar(c.get('ctx'), link, project, { ip: deviceOf(c).ip, base: baseOf(c) })
  const headers = { 'Content-Type': `${MEDIA_TYPE}; charset=utf-8`, 'Cache-Control': `private, max-age=${MAX_AGE}` }
  return c.body(text, 200, headers)
}

/** Public to whoever has the link, as calendar programs send no token: mounted before the routes that need one. */
export const calendarRoutes = new Hono<App>()
  .get(
    '/projects/:id/calendar.ics',
    describe({ id: 'projectCalendar', access: 'public', versioned: 'file' }),
    validate('param', CalendarParam),
    validate('query', CalendarQuery),
    etag(),
    (c) => respond(c, c.req.valid('query').link, c.req.valid('param').id),
  )
  .get(
    '/users/me/calendar.ics',
    describe({ id: 'myCalendar', access: 'public', versioned: 'file' }),
    validate('query', CalendarQuery),
    etag(),
    (c) => respond(c, c.req.valid('query').link, null),
  )
