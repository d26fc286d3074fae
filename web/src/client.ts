import { ApiError, cookieSession, createClient } from '../../client/src/index.ts'
import { t } from './strings.ts'

export type {
  Board,
  BoardColumn,
  BoardMember,
  BoardSnapshot,
  BoardTask,
  Label,
  Member,
  Notification,
  OpenBoard,
  OpenInbox,
  Problem,
  Project,
  Refusal,
  User,
} from '../../client/src/index.ts'
export { ApiError, dataOf } from '../../client/src/index.ts'

/** The client of the public API. This page uses nothing else, so any other page could do the same. */
export const client = createClient({ url: location.origin, session: cookieSession() })
export const { api } = client

/** What went wrong, in sentences for the user. */
export function problemTextOf(error: unknown): string {
  if (!(error instanceof ApiError)) return t.failed
  const { title, detail, errors = [] } = error.problem
  // If fields are wrong, their messages say all: title and detail would only add that the input is not valid.
  if (errors.length > 0) return errors.map(({ path, message }) => t.wrongField(path, message)).join(' ')
  const sentence = /[.!?…]$/.test(title) ? title : `${title}.`
  const more = detail && detail !== title ? ` ${/[.!?…]$/.test(detail) ? detail : `${detail}.`}` : ''
  return sentence + more
}
