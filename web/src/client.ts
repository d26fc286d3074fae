import { ApiError, type components, cookieSession, createClient, dataOf } from '../../client/src/index.ts'
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

type Schemas = components['schemas']
export type Webhook = Schemas['Webhook']
export type NewWebhook = Schemas['NewWebhook']
export type WebhookAction = Schemas['WebhookAction']
export type WebhookDelivery = Schemas['WebhookDelivery']
export type WebhookTest = Schemas['WebhookTest']

/** Thrown when a request has no answer, as without a network. */
export class NoAnswer extends Error {}

/** An error whose message is a sentence for the user. */
export class Told extends Error {}

const fetchOrThrow: typeof fetch = (input, init) =>
  fetch(input, init).catch((cause: unknown) => {
    throw new NoAnswer('No answer', { cause })
  })

/** The client of the public API. This page uses nothing else, so any other page could do the same. */
export const client = createClient({ url: location.origin, session: cookieSession(), fetch: fetchOrThrow })
export const { api } = client

type Deletion = { data?: unknown; error?: unknown; response: Response }

/** Throws unless what was to be deleted is gone. It may have been gone before: as in another window. */
export const requireGone = (answer: Deletion): void => {
  if (answer.response.status !== 404) dataOf(answer)
}

const sentenceOf = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`)

/** A field's message without its last full stop; fields such as due_date are called as on the board. */
const wordsOf = (message: string) =>
  message.replace(/\.$/, '').replace(/\b[a-z]+_[a-z]+\b/g, (name) => t.fields[name] ?? name)

const wrongFieldOf = ({ path, message }: { path: string; message: string }) =>
  t.wrongFields[path] ?? t.wrongField(t.fields[path] ?? path.replaceAll('_', ' '), wordsOf(message))

/** What went wrong, in sentences for the user. */
export function problemTextOf(error: unknown): string {
  if (error instanceof NoAnswer) return t.noAnswer
  if (error instanceof Told) return error.message
  if (!(error instanceof ApiError)) return t.failed
  const { code, title, detail, errors = [] } = error.problem
  const own = t.problems[code]
  if (own) return own
  // If fields are wrong, their messages say all: title and detail would only add that the input is not valid.
  if (errors.length > 0) return errors.map(wrongFieldOf).join(' ')
  return detail && detail !== title ? `${sentenceOf(title)} ${sentenceOf(detail)}` : sentenceOf(title)
}
