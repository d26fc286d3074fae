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

/** The whole board is built on this: the public API, as any other page could use it. */
export const client = createClient({ url: location.origin, session: cookieSession() })
export const { api } = client

/** What went wrong, in sentences. */
export function sayProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return t.failed
  const { title, detail, errors = [] } = error.problem
  // Of what somebody filled in, they are told what is wrong with it; the rest is for programs.
  if (errors.length > 0) return errors.map(({ path, message }) => t.wrongField(path, message)).join(' ')
  const sentence = /[.!?…]$/.test(title) ? title : `${title}.`
  const more = detail && detail !== title ? ` ${/[.!?…]$/.test(detail) ? detail : `${detail}.`}` : ''
  return sentence + more
}
