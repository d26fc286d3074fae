import { Hono } from 'hono'
import * as z from 'zod'
import { authRoutes } from './auth/routes.ts'
import { boardRoutes } from './board/routes.ts'
import { columnRoutes } from './columns/routes.ts'
import type { App } from './context.ts'
import { docsRoutes } from './docs.ts'
import { AppError, Replayed } from './errors.ts'
import { requireBearer } from './http/auth.ts'
import { baseOf } from './http/base.ts'
import { wholeBody } from './http/body.ts'
import { bounds } from './http/bounds.ts'
import { freshness } from './http/cached.ts'
import { context, requestId } from './http/context.ts'
import { describe } from './http/describe.ts'
import { idempotencyKey, replay } from './http/idempotency.ts'
import { requireJson } from './http/json.ts'
import { onAnswers } from './http/on-answers.ts'
import { documentOf } from './http/openapi.ts'
import { problem } from './http/problem.ts'
import { rateLimit } from './http/rate-limit.ts'
import { PartedRouter } from './http/router.ts'
import { served } from './http/served.ts'
import { invitationRoutes } from './invitations/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { memberRoutes } from './members/routes.ts'
import { metaRoutes } from './meta.ts'
import { notificationRoutes } from './notifications/routes.ts'
import { exportRoutes, importRoutes } from './portability/routes.ts'
import { projectRoutes } from './projects/routes.ts'
import { liveRoutes } from './realtime/routes.ts'
import { recoveryRoutes } from './recovery/routes.ts'
import { pathWithoutFormat } from './reports/answer.ts'
import { linkRoutes, pictureRoutes } from './reports/links/routes.ts'
import { reportRoutes } from './reports/routes.ts'
import { taskRoutes } from './tasks/routes.ts'
import { userRoutes } from './users/routes.ts'

const projectTree = new Hono<App>()
  .use(requireBearer)
  .route('/', projectRoutes)
  .route('/', boardRoutes)
  .route('/', columnRoutes)
  .route('/', memberRoutes)
  .route('/', exportRoutes)

const api = new Hono<App>()
  .use(rateLimit)
  .route('/ws', liveRoutes)
  .route('/projects', importRoutes)
  .use(wholeBody, requireJson, idempotencyKey, freshness)
  .route('/', metaRoutes)
  .route('/', docsRoutes)
  .route('/', recoveryRoutes)
  .route('/auth', authRoutes)
  .route('/users/me/keys', keyRoutes)
  .route('/invitations', invitationRoutes)
  .route('/users', userRoutes)
  .route('/projects', projectTree)
  .route('/tasks', taskRoutes)
  .route('/reports', pictureRoutes)
  .route('/reports', linkRoutes)
  .route('/reports', reportRoutes)
  .route('/notifications', notificationRoutes)

const documented = api.get(
  '/openapi.json',
  describe({
    id: 'openapi',
    summary: 'This document',
    access: 'public',
    ok: { status: 200, schema: z.looseObject({}) },
  }),
  (c) => {
    const url = baseOf(c) // a host that anybody may claim is left out: the document's own address then holds
    return c.json({ ...documentOf(api.routes), ...(url && { servers: [{ url }] }) }, 200)
  },
)

/** What holds for every answer comes first, refusals of whatever stands here included; then the routes. */
export const app = new Hono<App>({ getPath: pathWithoutFormat, router: new PartedRouter() }) // a slash at the end, or a report's format, is no other path
  .onError((error, c) => (error instanceof Replayed ? replay(c, error) : problem(c, error)))
  .notFound((c) => problem(c, new AppError('not_found')))
  .use(requestId, onAnswers, context, bounds, served(documented.routes))
  .route('/', documented)

/** The API's type, for Hono's client: `hc<AppType>('https://…')`. */
export type AppType = typeof app
