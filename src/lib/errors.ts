/**
 * What can go wrong, in the domain's words. `http/problem.ts` gives each code its HTTP status and title,
 * and does not compile until a new code has them.
 */
export type ErrorCode =
  | 'account_disabled'
  | 'already_linked'
  | 'already_member'
  | 'assignee_not_member'
  | 'body_malformed'
  | 'body_too_large'
  | 'column_key_taken'
  | 'column_not_empty'
  | 'column_not_found'
  | 'credentials_invalid'
  | 'edit_conflict'
  | 'email_taken'
  | 'forbidden'
  | 'headers_too_large'
  | 'idempotency_in_flight'
  | 'idempotency_key_reused'
  | 'import_outdated'
  | 'import_superseded'
  | 'internal'
  | 'invitation_invalid'
  | 'invitation_required'
  | 'key_invalid'
  | 'key_taken'
  | 'label_name_taken'
  | 'label_not_found'
  | 'last_admin'
  | 'last_column'
  | 'last_manager'
  | 'lease_lost'
  | 'link_circle'
  | 'link_expired'
  | 'link_invalid'
  | 'link_revoked'
  | 'method_not_allowed'
  | 'misconfigured'
  | 'not_found'
  | 'origin_forbidden'
  | 'parent_is_descendant'
  | 'parent_not_found'
  | 'parent_too_deep'
  | 'password_wrong'
  | 'project_archived'
  | 'recovery_invalid'
  | 'refresh_invalid'
  | 'refresh_reused'
  | 'refresh_superseded'
  | 'registration_closed'
  | 'scope_missing'
  | 'session_required'
  | 'task_not_found'
  | 'ticket_invalid'
  | 'token_expired'
  | 'token_invalid'
  | 'token_missing'
  | 'token_revoked'
  | 'too_many_checklists'
  | 'too_many_columns'
  | 'too_many_comments'
  | 'too_many_invitations'
  | 'too_many_items'
  | 'too_many_keys'
  | 'too_many_labels'
  | 'too_many_links'
  | 'too_many_members'
  | 'too_many_projects'
  | 'too_many_requests'
  | 'too_many_task_links'
  | 'too_many_tasks'
  | 'too_many_tickets'
  | 'too_many_views'
  | 'too_many_watchers'
  | 'too_many_webhooks'
  | 'unavailable'
  | 'unsupported_media_type'
  | 'upgrade_required'
  | 'uri_malformed'
  | 'uri_too_long'
  | 'user_not_found'
  | 'validation_failed'
  | 'version_mismatch'
  | 'wip_limit_reached'

/** One fault of the input: its dotted path, and a message. Without one, clients get the advice for the error code. */
export type FieldError = { path: string; message?: string }

export type ErrorDetails = {
  detail?: string
  errors?: FieldError[]
  /** Facts for programs, shown as members of the problem document: `{limit: 5, column: 'review'}`. */
  facts?: Record<string, unknown>
  /** Seconds after which another attempt may succeed. */
  retry_after?: number
  /** The methods that a path has: the `Allow` of method_not_allowed. */
  allow?: string
  cause?: unknown
}

/** An expected failure. Anything else that is thrown is a bug or an outage, and shown as `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ?? code, { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.details = details
  }
}

/**
 * Not a failure: this request was made before, under the same Idempotency-Key, and had this answer.
 * `head`: the project's seq after it; null for a write outside a project.
 */
export class Replayed extends Error {
  readonly status: 200 | 201
  readonly head: number | null
  readonly body: Record<string, unknown>

  constructor(status: 200 | 201, response: { head: number | null; body: Record<string, unknown> }) {
    super('replayed')
    this.name = 'Replayed'
    this.status = status
    this.head = response.head
    this.body = response.body
  }
}

/** The error validation_failed, for one fault of the input at the dotted `path`. */
export const invalidAt = (path: string, message: string) =>
  new AppError('validation_failed', { errors: [{ path, message }] })
