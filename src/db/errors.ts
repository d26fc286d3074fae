import { AppError, type ErrorCode, Replayed } from '../lib/errors.ts'

/** Constraints that a request may violate, and the errors that this means. */
const CONSTRAINTS: Record<string, [ErrorCode, path?: string, message?: string]> = {
  users_email_key: ['email_taken'],
  projects_key_key: ['key_taken'],
  project_members_key: ['already_member'],
  project_members_user_id_users_id_fk: ['user_not_found'],
  report_links_project_id_projects_id_fk: ['not_found'],
  board_columns_key: ['column_key_taken'],
  import_lines_import_fk: ['import_superseded'],
  imports_user: ['import_superseded'],
  projects_dates: ['validation_failed', 'due_date', 'must not be before start_date'],
  tasks_dates: ['validation_failed', 'due_date', 'must not be before start_date'],
}

/** Messages of validation_failed for fields of which our SQL names only the path. */
const MESSAGES: Record<string, string | undefined> = {
  base_seq: 'must be the seq of the copy that was edited: it is ahead of the project',
  timezone: 'is not a known time zone: use an IANA name such as Europe/Berlin',
}

/**
 * Whether Postgres has certainly undone everything: deadlock, serialisation failure, time-out of a statement or a lock,
 * or a migration has replaced a function that this transaction was about to call.
 */
const isUndone = ({ code = '', message }: PgFailure) =>
  /^(40001|40P01|57014|55P03)$/.test(code) || (code === 'XX000' && message.startsWith('cache lookup failed'))

export type PgFailure = { code?: string; message: string; detail?: string; constraint?: string }

/** The Postgres error inside, undefined if there is none: drizzle wraps it for a single query, but not for a batch. */
function pgFailureOf(error: unknown): PgFailure | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'NeonDbError') return at
  }
  return undefined
}

function factsOf(
  detail: string | undefined,
): Record<string, unknown> & { path?: string; message?: string; say?: string; retry_after?: number } {
  return detail ? JSON.parse(detail) : {}
}

/**
 * A refusal raised by our own SQL: SQLSTATE FTnnn, message = error code, detail = JSON facts, and `say`, what to do.
 */
export function refusalOf(failure: PgFailure): AppError {
  const { path, message, say, ...facts } = factsOf(failure.detail)
  const { retry_after } = facts
  const code = failure.message as ErrorCode // proven by test/worker/sql-codes.test.ts
  const errors = path ? [{ path, message: message ?? MESSAGES[path.split('.').at(-1) ?? path] }] : undefined
  return new AppError(code, { detail: say, facts, errors, retry_after, cause: failure })
}

/**
 * Whether Postgres ended the transaction for a deadlock or a serialisation failure: it has undone everything, and
 * another attempt probably succeeds.
 */
export const isCollision = (error: unknown) => /^(40001|40P01)$/.test(pgFailureOf(error)?.code ?? '')

/**
 * Whether the database has accepted the credential of a transaction that failed: it refused something else. Each
 * transaction checks the credential before anything that may refuse.
 */
export const hasAccepted = (error: unknown) => /^(FT(?!401|500)|2[23])/.test(pgFailureOf(error)?.code ?? '')

/**
 * The constraint that a row violates, or the SQLSTATE where there is no name (class 22 or 23); undefined for any other
 * error.
 */
export function constraintOf(error: unknown): string | undefined {
  const failure = pgFailureOf(error)
  return /^2[23]/.test(failure?.code ?? '') ? (failure?.constraint ?? failure?.code) : undefined
}

/**
 * The error to throw for a failed query: a domain error, `unavailable`, or the error itself if it is unknown, which is
 * a bug.
 */
export function toDomainError(error: unknown): unknown {
  const failure = pgFailureOf(error)
  if (!failure) return error
  const { code, constraint } = failure
  const undone = isUndone(failure)
  if (undone || !code || /^(08|40|53|57)/.test(code)) {
    const detail = undone
      ? 'The database was too busy, or this took too long. Nothing was changed: try again, or ask for less at once.'
      : undefined
    return new AppError('unavailable', { detail, cause: error })
  }
  if (code === 'FT500') return error
  if (code === 'FT200') {
    const { status, response } = JSON.parse(failure.detail ?? '{}')
    return new Replayed(status, response)
  }
  if (code.startsWith('FT')) return refusalOf(failure)
  const known = constraint ? CONSTRAINTS[constraint] : undefined
  if (!known) return error
  const [meaning, path, message] = known
  return new AppError(meaning, path && message ? { errors: [{ path, message }] } : {})
}
