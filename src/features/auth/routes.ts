import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { App } from '../../context.ts'
import { deviceOf, requireBearer, requireSession } from '../../http/bearer.ts'
import {
  asksForCookie,
  cookieSession,
  dropCookie,
  handOut,
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

/** Who may end a session: its access token; or the cookie that was sent with our header, and then an access token need not be good. */
const sessionOrCookie: MiddlewareHandler<App> = async (c, next) => {
  if (tokenInCookie(c) === undefined) return requireSession(c, next)
  if (c.req.header('Authorization') !== undefined) await requireSession(c, async () => {}).catch(ignoreRefusal)
  await next()
}
const ignoreRefusal = (error: unknown) => {
  if (!(error instanceof AppError)) throw error
}

const fromOf = (c: Context<App>) => ({ ip: deviceOf(c).ip, in_cookie: asksForCookie(c) })

export const authRoutes = new Hono<App>()
  .post(
    '/register',
    cookieSession,
    describe({
      id: 'register',
      summary: 'Open an account and sign in',
      description: 'The first account is the administrator. For others, the deployment may ask for an `invitation`.',
      access: 'public',
      ok: { status: 201, location: '/users/me', schema: s.SignedIn },
      in_cookie: true,
      errors: ['email_taken', 'invitation_invalid', 'invitation_required', 'registration_closed', 'too_many_requests'],
    }),
    validate('json', s.Register),
    async (c) => respondCreated(c, handOut(c, await signIn.register(c.var.ctx, c.req.valid('json'), deviceOf(c)))),
  )
  .post(
    '/login',
    cookieSession,
    describe({
      id: 'login',
      summary: 'Sign in',
      access: 'public',
      in_cookie: true,
      ok: { status: 200, schema: s.SignedIn },
      errors: ['credentials_invalid', 'too_many_requests'],
    }),
    validate('json', s.Login),
    async (c) => c.json(handOut(c, await signIn.login(c.var.ctx, c.req.valid('json'), deviceOf(c))), 200),
  )
  .post(
    '/refresh',
    cookieSession,
    describe({
      id: 'refresh',
      summary: 'Trade a refresh token for new tokens',
      description:
        'Each refresh token works once. Within its grace period it returns the newest tokens; later, it ends the session.',
      access: 'public',
      in_cookie: true,
      ok: { status: 200, schema: s.Refreshed },
      errors: ['refresh_invalid', 'refresh_reused', 'refresh_superseded', 'too_many_requests'],
    }),
    validate('json', s.Refresh),
    async (c) => {
      const token = refreshTokenOf(c, c.req.valid('json').refresh)
      return c.json(handOut(c, await service.refresh(c.var.ctx, token, fromOf(c))), 200)
    },
  )
  .post(
    '/ws-ticket',
    requireBearer,
    describe({
      id: 'issueTicket',
      summary: 'A ticket that opens one WebSocket within 30 seconds',
      description: 'For browsers, which cannot send an Authorization header with an upgrade: `?ticket=…`.',
      access: 'user',
      bound_keys: true,
      ok: { status: 201, location: '/auth/ws-ticket', schema: s.Ticket },
      errors: ['too_many_tickets'],
    }),
    async (c) => respondCreated(c, await service.issueTicket(c.var.ctx)),
  )
  .post(
    '/logout',
    cookieSession,
    sessionOrCookie,
    describe({
      id: 'logout',
      summary: 'End this session and close its sockets',
      access: 'session',
      in_cookie: true,
      ok: { status: 204 },
      errors: ['refresh_invalid'],
    }),
    async (c) => {
      const token = tokenInCookie(c)
      if (token === undefined) await service.endSession(c.var.ctx, c.var.ctx.actor.session_id, 'logout')
      else await service.endSessionsOf(c.var.ctx, token, fromOf(c))
      if (asksForCookie(c)) dropCookie(c)
      return c.body(null, 204)
    },
  )
  .use(requireSession)
  .post(
    '/password',
    describe({
      id: 'changePassword',
      summary: 'Change my password',
      description: 'Ends all other sessions and closes their sockets.',
      access: 'session',
      ok: { status: 204 },
      errors: ['password_wrong'],
    }),
    validate('json', s.ChangePassword),
    async (c) => {
      await signIn.changePassword(c.var.ctx, c.req.valid('json'))
      return c.body(null, 204)
    },
  )
  .get(
    '/sessions',
    describe({
      id: 'listSessions',
      summary: 'My sessions, why the ended ones ended, and when the password was last recovered',
      access: 'session',
      ok: { status: 200, schema: s.SessionPage },
    }),
    validate('query', s.ListSessions),
    async (c) => respondWithPage(c, await service.listSessions(c.var.ctx, c.req.valid('query'))),
  )
  .delete(
    '/sessions',
    describe({ id: 'endOtherSessions', summary: 'End all my other sessions', access: 'session', ok: { status: 204 } }),
    async (c) => {
      await service.endOtherSessions(c.var.ctx)
      return c.body(null, 204)
    },
  )
  .delete(
    '/sessions/:id',
    describe({
      id: 'endSession',
      summary: 'End one of my sessions',
      access: 'session',
      ok: { status: 204 },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    async (c) => {
      await service.endSession(c.var.ctx, c.req.valid('param').id, 'revoked')
      return c.body(null, 204)
    },
  )
