import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { App } from '../../context.ts'
import { deviceOf, requireBearer, requireSession } from '../../http/bearer.ts'
import {
  acceptCookieSession,
  asksForCookie,
  dropCookie,
  handOutTokens,
  refreshTokenOf,
  tokenInCookie,
} from '../../http/cookie-session.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'
import * as signIn from './sign-in.ts'

/**
 * To end a session, a request needs a valid access token, or the session cookie with our header. With the cookie, an
 * access token that is invalid or expired is ignored, so that one can still sign out.
 */
const requireSessionOrCookie: MiddlewareHandler<App> = async (c, next) => {
  if (tokenInCookie(c) === undefined) return requireSession(c, next)
  if (c.req.header('Authorization') !== undefined) await requireSession(c, async () => {}).catch(ignoreRefusal)
  await next()
}
const ignoreRefusal = (error: unknown) => {
  if (!(error instanceof AppError)) throw error
}

const sourceOf = (c: Context<App>) => ({ ip: deviceOf(c).ip, in_cookie: asksForCookie(c) })

export const authRoutes = new Hono<App>()
  .post(
    '/register',
    acceptCookieSession,
    describe({ id: 'register', access: 'public', location: '/users/me', in_cookie: true }),
    validate('json', s.Register),
    async (c) =>
      respondCreated(c, handOutTokens(c, await signIn.register(c.get('ctx'), c.req.valid('json'), deviceOf(c)))),
  )
  .post(
    '/login',
    acceptCookieSession,
    describe({ id: 'login', access: 'public', in_cookie: true }),
    validate('json', s.Login),
    async (c) => c.json(handOutTokens(c, await signIn.login(c.get('ctx'), c.req.valid('json'), deviceOf(c))), 200),
  )
  .post(
    '/refresh',
    acceptCookieSession,
    describe({ id: 'refresh', access: 'public', in_cookie: true }),
    validate('json', s.Refresh),
    async (c) => {
      const token = refreshTokenOf(c, c.req.valid('json').refresh)
      return c.json(handOutTokens(c, await service.refresh(c.get('ctx'), token, sourceOf(c))), 200)
    },
  )
  .post(
    '/ws-ticket',
    requireBearer,
    describe({ id: 'issueTicket', access: 'user', location: '/auth/ws-ticket', bound_keys: true }),
    async (c) => respondCreated(c, await service.issueTicket(c.get('ctx'))),
  )
  .post(
    '/logout',
    acceptCookieSession,
    requireSessionOrCookie,
    describe({ id: 'logout', access: 'session', in_cookie: true }),
    async (c) => {
      const token = tokenInCookie(c)
      if (token === undefined) await service.endSession(c.get('ctx'), c.get('ctx').actor.session_id, 'logout')
      else await service.endSessionsOf(c.get('ctx'), token, sourceOf(c))
      if (asksForCookie(c)) dropCookie(c)
      return c.body(null, 204)
    },
  )
  .use(requireSession)
  .post(
    '/password',
    describe({ id: 'changePassword', access: 'session' }),
    validate('json', s.ChangePassword),
    async (c) => {
      await signIn.changePassword(c.get('ctx'), c.req.valid('json'))
      return c.body(null, 204)
    },
  )
  .get('/sessions', describe({ id: 'listSessions', access: 'session' }), validate('query', s.ListSessions), async (c) =>
    respondWithPage(c, await service.listSessions(c.get('ctx'), c.req.valid('query'))),
  )
  .delete('/sessions', describe({ id: 'endOtherSessions', access: 'session' }), async (c) => {
    await service.endOtherSessions(c.get('ctx'))
    return c.body(null, 204)
  })
  .delete('/sessions/:id', describe({ id: 'endSession', access: 'session' }), validate('param', idParam), async (c) => {
    await service.endSession(c.get('ctx'), c.req.valid('param').id, 'revoked')
    return c.body(null, 204)
  })
