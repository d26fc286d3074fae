import { Hono } from 'hono'
import type { App } from './context.ts'
import { authRoutes } from './features/auth/routes.ts'
import { boardRoutes } from './features/board/routes.ts'
import { bulkRoutes } from './features/bulk/routes.ts'
import { calendarRoutes } from './features/calendar/routes.ts'
import { checklistRoutes, itemRoutes, taskChecklistRoutes } from './features/checklists/routes.ts'
import { claimRoutes, projectClaimRoutes } from './features/claims/routes.ts'
import { columnRoutes } from './features/columns/routes.ts'
import { commentRoutes, taskCommentRoutes } from './features/comments/routes.ts'
import { exportRoutes, importRoutes } from './features/import-export/routes.ts'
import { fileImportRoutes } from './features/imports/routes.ts'
import { invitationRoutes } from './features/invitations/routes.ts'
import { keyRoutes } from './features/keys/routes.ts'
import { labelRoutes, projectLabelRoutes } from './features/labels/routes.ts'
import { taskLinkRoutes } from './features/links/routes.ts'
import { liveRoutes } from './features/live/routes.ts'
import { mcpRoutes } from './features/mcp/routes.ts'
import { memberRoutes } from './features/members/routes.ts'
import { docsRoutes } from './features/meta/docs.ts'
import { metaRoutes } from './features/meta/routes.ts'
import { notificationRoutes, preferenceRoutes } from './features/notifications/routes.ts'
import { projectRoutes } from './features/projects/routes.ts'
import { recoveryRoutes } from './features/recovery/routes.ts'
import { pictureRoutes, reportLinkRoutes } from './features/reports/links/routes.ts'
import { reportRoutes } from './features/reports/routes.ts'
import { searchRoutes } from './features/search/routes.ts'
import { myTableRoutes, projectTableRoutes } from './features/task-csv/routes.ts'
import { taskRoutes } from './features/tasks/routes.ts'
import { transferRoutes } from './features/transfer/routes.ts'
import { userRoutes } from './features/users/routes.ts'
import { projectViewRoutes, viewRoutes } from './features/views/routes.ts'
import { watchingRoutes } from './features/watching/routes.ts'
import { projectWebhookRoutes, webhookRoutes } from './features/webhooks/routes.ts'
import { requireBearer } from './http/bearer.ts'
import { readWholeBody } from './http/body.ts'
import { requireBounds } from './http/bounds.ts'
import { pathWithoutFormat } from './http/format-suffix.ts'
import { readFreshness } from './http/freshness.ts'
import { readIdempotencyKey, replay } from './http/idempotency.ts'
import { requireJson } from './http/json.ts'
import { respondWithProblem } from './http/problem.ts'
import { applyRateLimit } from './http/rate-limit.ts'
import { assignRequestId, buildContext } from './http/request-context.ts'
import { requireRoute } from './http/require-route.ts'
import { setResponseHeaders } from './http/response-headers.ts'
import { AppError, Replayed } from './lib/errors.ts'

const projectTree = new Hono<App>()
  .use(requireBearer)
  .route('/', projectRoutes)
  .route('/', boardRoutes)
  .route('/', columnRoutes)
  .route('/', projectLabelRoutes)
  .route('/', memberRoutes)
  .route('/', projectViewRoutes)
  .route('/', projectClaimRoutes)
  .route('/', projectWebhookRoutes)
  .route('/', exportRoutes)
  .route('/', projectTableRoutes)

const api = new Hono<App>()
  .use(applyRateLimit)
  .route('/ws', liveRoutes)
  .route('/projects', importRoutes)
  .route('/imports', fileImportRoutes)
  .use(readWholeBody, requireJson, readIdempotencyKey, readFreshness)
  .route('/', metaRoutes)
  .route('/', docsRoutes)
  .route('/', mcpRoutes)
  .route('/', recoveryRoutes)
  .route('/auth', authRoutes)
  .route('/', calendarRoutes)
  .route('/users/me/keys', keyRoutes)
  .route('/users/me/notification-preferences', preferenceRoutes)
  .route('/invitations', invitationRoutes)
  .route('/users', myTableRoutes)
  .route('/users', userRoutes)
  .route('/projects', projectTree)
  .route('/labels', labelRoutes)
  .route('/tasks', taskRoutes)
  .route('/tasks', bulkRoutes)
  .route('/tasks', transferRoutes)
  .route('/tasks', claimRoutes)
  .route('/views', viewRoutes)
  .route('/webhooks', webhookRoutes)
  .route('/search', searchRoutes)
  .route('/', taskLinkRoutes)
  .route('/tasks', taskCommentRoutes)
  .route('/comments', commentRoutes)
  .route('/tasks', taskChecklistRoutes)
  .route('/checklists', checklistRoutes)
  .route('/checklist-items', itemRoutes)
  .route('/tasks', watchingRoutes)
  .route('/reports', pictureRoutes)
  .route('/reports', reportLinkRoutes)
  .route('/reports', reportRoutes)
  .route('/notifications', notificationRoutes)

/** First the middleware of every answer, also of its own errors; then the routes. */
export const app = new Hono<App>({ getPath: pathWithoutFormat }) // ignores a slash at the end, and a report's format
  .onError((error, c) => (error instanceof Replayed ? replay(c, error) : respondWithProblem(c, error)))
  .notFound((c) => respondWithProblem(c, new AppError('not_found')))
  .use(assignRequestId, setResponseHeaders, buildContext, requireBounds, requireRoute(api.routes))
  .route('/', api)
