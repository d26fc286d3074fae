import { createHash } from 'node:crypto'
import { addressOf } from '../../lib/email-address.ts'
import type { Entry, Header } from './entry.ts'
import { badLine } from './lines.ts'

/** The new ids, key and people of an import. `users` has every account of the header's e-mail addresses. */
export type Names = {
  job: string
  project: string
  key: string
  importer: string
  users: ReadonlyMap<string, string>
  /** Of them, those for whom the importer stands in. */
  strangers: ReadonlySet<string>
}
type Fields = Record<string, unknown>

/**
 * An id of this FlowTrack for one of another: the same for the same, within one import. Its first
 * half stays, which in a UUIDv7 is the time, as lists go by it; the rest (62 bits) is nobody's choice.
 */
export function newIdFor(job: string, old: string): string {
  const digest = createHash('sha256').update(job).update(old).digest('hex')
  const variant = ((Number.parseInt(digest[0] ?? '0', 16) & 3) | 8).toString(16)
  return `${old.slice(0, 19)}${variant}${digest.slice(1, 4)}-${digest.slice(4, 16)}`
}

/** Maps each person of the file to the account with their e-mail address, or to the importer. */
export function matchUsers({ users }: Header, accounts: { id: string; email: string }[], importer: string) {
  const byEmail = new Map(accounts.map(({ id, email }) => [addressOf(email), id]))
  const unmatched = users.filter(({ email }) => !byEmail.has(addressOf(email)))
  const matched = new Map(users.map(({ id, email }) => [id, byEmail.get(addressOf(email)) ?? importer]))
  const strangers = new Set(unmatched.map(({ id }) => id))
  return { users: matched, strangers, unmatched: unmatched.map(({ email, name }) => ({ email, name })) }
}

/** A journal row under new names. Its request_id says who brought it in: none can pass for written here. */
export function renameRow(entry: Entry, names: Names): Fields {
  const of = (id: string) => (id === entry.project_id ? names.project : newIdFor(names.job, id))
  const user = (id: string) => {
    const known = names.users.get(id)
    if (known === undefined) throw badLine(entry.seq + 1, `speaks of ${id}, whom the header does not list`)
    return known
  }
  const value = (field: string, old: unknown): unknown => {
    if (field === 'actions') return old
    if (Array.isArray(old)) return field === 'label_ids' ? old.map(of) : [...new Set(old.map(user))]
    if (typeof old !== 'string') return old
    if (field === 'user_id' || field === 'assignee_id' || field === 'created_by') return user(old)
    if (field === 'id' || field.endsWith('_id')) return of(old)
    if (field === 'key' && entry.entity === 'project') return names.key
    return field === 'number' ? old.replace(/^[A-Z0-9]+/, names.key) : old
  }
  const renamed = (fields: Fields) => Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, value(k, v)]))
  const { positions, ...data }: Fields & { positions?: Record<string, string> } = entry.data
  if (entry.entity === 'comment') Object.assign(data, renameComment(entry.data, names))
  return {
    ...renamed({ ...entry, changes: undefined, data: undefined }),
    changes: changesOf(entry, value),
    data: {
      ...renamed(data),
      ...(positions && { positions: Object.fromEntries(Object.entries(positions).map(([id, at]) => [of(id), at])) }),
    },
    request_id: `import:${names.importer}`,
    api_key: null, // keys stay where they were made
  }
}

const MENTION = /(@\[[^\][]+\]\(user:)([0-9a-f-]{36})\)/gi

/** An unknown author becomes null, never the importer; mentions of known people get their ids here. */
function renameComment(
  { user_id, body }: (Entry & { entity: 'comment' })['data'],
  { users, strangers }: Names,
): Fields {
  const mention = (whole: string, before: string, old: string) => {
    const known = strangers.has(old) ? undefined : users.get(old.toLowerCase())
    return known ? `${before}${known})` : whole
  }
  return {
    user_id: user_id !== null && strangers.has(user_id) ? null : user_id,
    body: body?.replace(MENTION, mention) ?? null,
  }
}

/** Two people may have become one: then a change of one for the other is none. */
function changesOf({ changes }: Entry, value: (field: string, old: unknown) => unknown): Fields {
  const pairs = Object.entries(changes).flatMap(([field, pair]) => {
    if (pair === undefined) return []
    const [before, after] = [value(field, pair[0]), value(field, pair[1])]
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [[field, [before, after]] as const]
  })
  return Object.fromEntries(pairs)
}
