import type { Ctx } from '../../context.ts'
import { PROBLEMS, problemDocumentOf, toAppError } from '../../http/problem.ts'
import { AppError, type ErrorCode } from '../../lib/errors.ts'
import { ownValue } from '../../lib/own-value.ts'

/** What to do next, in place of the advice of the API, which names paths: here, tools do the same. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  already_linked: 'Nothing is left to do: list_links shows it.',
  assignee_not_member: 'Assign members of the project only: members lists them.',
  column_not_found: "Use the key of one of the board's columns: get_board lists them.",
  edit_conflict:
    '`conflicts` has both values of each field: decide, and call again with the current seq as base_seq (get_task shows it).',
  idempotency_in_flight:
    'Wait two seconds and repeat the call with the same idempotency_key: it returns the first answer.',
  idempotency_key_reused: 'Use a new idempotency_key for each new call; only an exact repeat may have the same one.',
  label_not_found: 'Use ids of labels of this project: get_board lists them.',
  lease_lost:
    'Nothing was changed. Stop working on this card: somebody else may have it. claim_task gives you the next.',
  link_circle: 'The other task already blocks this one, perhaps through others: see list_links, and unlink_tasks.',
  not_found: 'Check the number, key or id: find_projects and search show what you can see.',
  project_archived: 'The project is read-only: ask a manager of it to open it again.',
  scope_missing: 'Ask the owner of the API key for one with that scope, and for the projects that this needs.',
  task_not_found: 'Use a task that is not in the trash: search finds tasks.',
  unavailable:
    'Try again in two seconds. A write may have happened: repeat it with the same idempotency_key and arguments.',
  validation_failed: 'Correct these arguments and call again.',
}

/** For each of these arguments, the tool that lists the ids it can have. */
const LISTED_BY = { link_id: 'list_links', checklist_id: 'list_checklists', item_id: 'list_checklists' }

/** The advice for not_found of a tool with these arguments; undefined if the general one fits. */
export function adviceFor(names: string[]): string | undefined {
  const found = Object.entries(LISTED_BY).find(([name]) => names.includes(name))
  return found && `Check ${found[0]}: the tool ${found[1]} lists the ids that exist.`
}

/** Fields of a service by their names there, with the names that they have in a tool. */
export type Names = Record<string, string>

/**
 * The refusal of a service, in the words of a tool: its paths and messages use the tool's names of fields. `not_found`:
 * the tool's advice if the service finds nothing.
 */
export function inWordsOf(names: Names, { code, details }: AppError, not_found?: string): AppError {
  const rename = (name: string) => ownValue(names, name) ?? name
  const errors = details.errors?.map(({ path, message }) => ({
    path: path.split('.').map(rename).join('.'),
    message: message?.replace(/\w+/g, (word) => (word.includes('_') ? rename(word) : word)), // others may be plain English
  }))
  const detail = details.detail ?? (code === 'not_found' ? not_found : undefined)
  return new AppError(code, { ...details, detail, errors })
}

/** The answer to a failed call, as text for a model: the code, what is wrong and what to do. */
export function refusalTextOf(error: AppError, instance: string): string {
  const {
    type: _,
    title,
    status: _s,
    detail,
    instance: id,
    code,
    errors: _e,
    ...facts
  } = problemDocumentOf(error, instance)
  const advice = error.details.detail ?? ADVICE[error.code] ?? detail
  const wrong = (error.details.errors ?? []).map(({ path, message = 'caused the problem' }) => `${path}: ${message}`)
  const known = Object.entries(facts).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  const parts = [`${code}: ${title}.`, ...wrong, advice, ...known, ...(isServerError(error) ? [`instance: ${id}`] : [])]
  return parts.join('\n')
}

const isServerError = ({ code }: AppError) => PROBLEMS[code].status >= 500

/** The error to answer with. One of status 500 or more is logged; its cause is not in the answer. */
export function failureOf(ctx: Ctx, thrown: unknown): AppError {
  const error = toAppError(thrown)
  if (isServerError(error)) ctx.log.error(error.code, { error: error.details.cause ?? error })
  return error
}
