import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { deviceOf, requireBearer, requireSession } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondCreated, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'
import * as signIn from './sign-in.ts'

export const authRoutes = new Hono<App>()
  .post(
    '/register',
    describe({
      id: 'register',
      summary: 'Open an account and sign in',
      description: 'The first account is the administrator. For others, the deployment may ask for an `invitation`.',
      access: 'public',
      ok: { status: 201, location: '/users/me', schema: s.SignedIn },
      errors: ['email_taken', 'invitation_invalid', 'invitation_required', 'registration_closed', 'too_many_requests'],
    }),
    validate('json', s.Register),
    async (c) => respondCreated(c, await signIn.register(c.var.ctx, c.req.valid('json'), deviceOf(c))),
  )
  .post(
    '/login',
    describe({
      id: 'login',
      summary: 'Sign in',
      access: 'public',
      ok: { status: 200, schema: s.SignedIn },
      errors: ['credentials_invalid', 'too_many_requests'],
    }),
    validate('json', s.Login),
    async (c) => c.json(await signIn.login(c.var.ctx, c.req.valid('json'), deviceOf(c)), 200),
  )
  .post(
    '/refresh',
    describe({
      id: 'refresh',
      summary: 'Trade a refresh token for new tokens',
      description:
        'Each refresh token works once. One that comes again within the grace period of its own rotation is answered with the newest tokens; one that comes later ends the session.',
      access: 'public',
      ok: { status: 200, schema: s.Refreshed },
      errors: ['refresh_invalid', 'refresh_reused', 'refresh_superseded', 'too_many_requests'],
    }),
    validate('json', s.Refresh),
    async (c) => c.json(await service.refresh(c.var.ctx, c.req.valid('json').refresh, deviceOf(c).ip), 200),
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
  .use(requireSession)
  .post(
    '/logout',
    describe({
      id: 'logout',
      summary: 'End this session and close its sockets',
      access: 'session',
      ok: { status: 204 },
    }),
    async (c) => {
      await service.endSession(c.var.ctx, c.var.ctx.actor.session_id, 'logout')
      return c.body(null, 204)
    },
  )
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
