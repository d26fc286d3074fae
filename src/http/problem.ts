import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { App } from '../context.ts'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import { DETAILS } from './details.ts'

type Translation = { status: ContentfulStatusCode; title: string }

/** The one table from domain errors to HTTP. */
export const PROBLEMS = {
  account_disabled: { status: 409, title: 'The account is disabled: enable it first' },
  already_linked: { status: 409, title: 'The tasks have this link already' },
  already_member: { status: 409, title: 'This person is a member already' },
  assignee_not_member: { status: 422, title: 'An assignee is not a member of the project' },
  body_malformed: { status: 400, title: 'The body is incomplete, or not valid JSON in UTF-8' },
  body_too_large: { status: 413, title: 'The body is too large' },
  column_key_taken: { status: 409, title: 'The board has a column with this key' },
  column_not_empty: { status: 409, title: 'The column has tasks, perhaps in the trash: send move_to' },
  column_not_found: { status: 422, title: 'The board does not have this column' },
  credentials_invalid: { status: 401, title: 'The e-mail or the password is wrong' },
  edit_conflict: { status: 409, title: 'The same fields were changed meanwhile' },
  email_taken: { status: 409, title: 'This e-mail has an account already' },
  forbidden: { status: 403, title: 'You may not do this' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  idempotency_in_flight: { status: 409, title: 'A request with this key is still running' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key was used for another request' },
  import_outdated: {
    status: 409,
    title: 'A person in the file has left your projects or was disabled meanwhile',
  },
  import_superseded: { status: 409, title: 'The import is superseded by another one of yours' },
  internal: { status: 500, title: 'Internal error' },
  invitation_invalid: { status: 403, title: 'This invitation cannot be used' },
  invitation_required: { status: 403, title: 'Registration requires an invitation' },
  key_invalid: { status: 401, title: 'The API key is unknown, has expired or was revoked' },
  key_taken: { status: 409, title: 'Another project has this key' },
  label_name_taken: { status: 409, title: 'The project has a label of this name' },
  label_not_found: { status: 422, title: 'The project does not have this label' },
  last_admin: { status: 409, title: 'The last active administrator cannot lose this role, be disabled or be deleted' },
  last_column: { status: 409, title: 'A board needs at least one column' },
  last_manager: { status: 409, title: 'A project needs at least one active manager' },
  lease_lost: { status: 409, title: 'The claim is over, or somebody else has the card' },
  link_circle: { status: 409, title: 'The tasks would block each other' },
  link_expired: { status: 403, title: 'This link has expired' },
  link_invalid: { status: 403, title: 'This link is not valid' },
  link_revoked: { status: 403, title: 'This link was withdrawn, or its maker has lost access' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  misconfigured: { status: 500, title: 'Settings are missing or invalid; the log names them' },
  not_found: { status: 404, title: 'Not found' },
  origin_forbidden: { status: 403, title: 'Pages of this origin may not send this request' },
  password_wrong: { status: 403, title: 'The current password is wrong' },
  parent_is_descendant: { status: 422, title: 'A task cannot be its own ancestor' },
  parent_not_found: { status: 422, title: 'The parent is not a task of this project' },
  parent_too_deep: { status: 422, title: 'Tasks may be nested at most 20 levels deep' },
  project_archived: { status: 409, title: 'The project is archived and read-only' },
  recovery_invalid: { status: 403, title: 'This recovery link cannot be used' },
  refresh_invalid: { status: 401, title: 'The refresh token is not valid' },
  refresh_reused: { status: 401, title: 'The refresh token was used before; the session has been ended' },
  refresh_superseded: { status: 401, title: 'The refresh token is superseded by a newer one' },
  registration_closed: { status: 403, title: 'Registration is closed' },
  scope_missing: { status: 403, title: 'The API key does not allow this' },
  session_required: { status: 403, title: 'An API key may not do this: sign in' },
  task_not_found: { status: 422, title: 'There is no such task' },
  ticket_invalid: { status: 401, title: 'The ticket is unknown, used or expired' },
  token_expired: { status: 401, title: 'The access token has expired' },
  token_invalid: { status: 401, title: 'The access token is not valid' },
  token_missing: { status: 401, title: 'An access token is required' },
  token_revoked: { status: 401, title: 'The session has ended, or the account is disabled or deleted' },
  too_many_checklists: { status: 409, title: 'The task has the maximum number of checklists' },
  too_many_columns: { status: 409, title: 'The board has the maximum number of columns' },
  too_many_comments: { status: 409, title: 'The project or the task has the maximum number of comments' },
  too_many_invitations: { status: 409, title: 'The maximum number of open invitations is reached' },
  too_many_items: { status: 409, title: 'The project or the checklist has the maximum number of items' },
  too_many_keys: { status: 409, title: 'You have the maximum number of API keys' },
  too_many_labels: { status: 409, title: 'The project has the maximum number of labels' },
  too_many_links: { status: 409, title: 'The maximum number of report and calendar links is reached' },
  too_many_members: { status: 409, title: 'The project has the maximum number of members' },
  too_many_projects: { status: 409, title: 'You have the maximum number of projects' },
  too_many_requests: { status: 429, title: 'Too many requests; try again later' },
  too_many_task_links: { status: 409, title: 'The task has the maximum number of links' },
  too_many_tasks: { status: 409, title: 'The project has the maximum number of tasks' },
  too_many_tickets: { status: 429, title: 'You have too many unused tickets' },
  too_many_views: { status: 409, title: 'The maximum number of views is reached' },
  too_many_watchers: { status: 409, title: 'The task has the maximum number of watchers' },
  too_many_webhooks: { status: 409, title: 'The project has the maximum number of webhooks' },
  unavailable: { status: 503, title: 'The database is not available' },
  unsupported_media_type: { status: 415, title: 'The media type of the body is not supported' },
  upgrade_required: { status: 426, title: 'This is a WebSocket endpoint' },
  uri_too_long: { status: 414, title: 'The URL is too long' },
  uri_malformed: { status: 400, title: 'The URL has percent-encoded bytes that are not UTF-8' },
  user_not_found: { status: 422, title: 'There is no active user with this id' },
  validation_failed: { status: 422, title: 'The input is not valid' },
  version_mismatch: { status: 412, title: 'The version of the resource does not match the request' },
  wip_limit_reached: { status: 409, title: 'The column is full' },
} as const satisfies Record<ErrorCode, Translation>

const STATUS_CODES: Partial<Record<number, ErrorCode>> = {
  400: 'body_malformed',
  404: 'not_found',
  413: 'body_too_large',
}

/** Turns Hono's own exceptions and bugs into AppErrors; the message of a bug is only logged. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof HTTPException) {
    return new AppError(STATUS_CODES[error.status] ?? 'internal', { cause: error })
  }
  return new AppError('internal', { cause: error })
}

const BEARER = 'Bearer realm="flowtrack"'
/**
 * HTTP requires a challenge with every 401 (RFC 9110, 15.5.2). For a wrong password or refresh token it must not be
 * BEARER: no bearer token was checked, and clients discard theirs when they read that it is invalid.
 */
const BODY_CHALLENGE = 'FlowTrack-Body realm="flowtrack"'

/** The `WWW-Authenticate` header: which credentials are needed, and what is wrong with those sent (RFC 6750, 3). */
function challengeOf(code: ErrorCode): string | undefined {
  if (code === 'scope_missing') return `${BEARER}, error="insufficient_scope"`
  if (PROBLEMS[code].status !== 401) return undefined
  if (code === 'credentials_invalid' || code.startsWith('refresh_')) return BODY_CHALLENGE
  return code === 'token_missing' ? BEARER : `${BEARER}, error="invalid_token"`
}

/** The detail of this error, or else the advice for errors of this kind. */
function detailOf({ code, details: { detail, errors = [], facts } }: AppError): string {
  if (detail !== undefined) return detail
  if (code === 'forbidden' && facts?.required) return HIGHER_ROLE
  const [first] = errors
  return first?.message && code === 'validation_failed'
    ? `${DETAILS[code]} ${first.path}: ${first.message}`.slice(0, MAX_DETAIL)
    : DETAILS[code]
}
const HIGHER_ROLE = 'Ask a manager of the project, or an administrator, for a higher role.'
const MAX_DETAIL = 500 // characters

/** The problem document of an error. `instance`: the id of the request. */
export function problemDocumentOf(error: AppError, instance: string) {
  const { status, title } = PROBLEMS[error.code]
  const { errors, facts } = error.details
  return {
    ...facts,
    type: `urn:flowtrack:problem:${error.code}`,
    title,
    status,
    detail: detailOf(error),
    instance,
    code: error.code,
    ...(errors && { errors: errors.map(({ path, message = DETAILS[error.code] }) => ({ path, message })) }),
  }
}

/** Answers with the problem document of an error: the only place where errors become HTTP. */
export function respondWithProblem(c: Context<App>, thrown: unknown): Response {
  const error = toAppError(thrown)
  const { status } = PROBLEMS[error.code]
  if (status >= 500) c.get('log').error(error.code, { error: error.details.cause ?? error })
  else if (status === 401 || status === 403)
    c.get('log').info('refused', { code: error.code, user_id: c.get('ctx')?.actor.user_id })
  const challenge = challengeOf(error.code)
  if (challenge !== undefined) c.header('WWW-Authenticate', challenge)
  if (error.code === 'upgrade_required') c.header('Upgrade', 'websocket')
  const retryAfter = error.details.retry_after ?? (status === 503 || error.code === 'idempotency_in_flight' ? 2 : null)
  if (retryAfter !== null) c.header('Retry-After', String(retryAfter))
  if (error.details.allow !== undefined) c.header('Allow', error.details.allow)
  const document = JSON.stringify(problemDocumentOf(error, c.get('request_id')))
  return c.body(document, status, { 'Content-Type': 'application/problem+json' })
}
