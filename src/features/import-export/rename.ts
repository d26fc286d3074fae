import { createHash } from 'node:crypto'
import { addressOf } from '../../lib/email-address.ts'
import type { Entry, Header } from './entry.ts'
import { lineErrorOf } from './lines.ts'

/** The new ids, key and people of an import. `users`: the account here, by the id of each person in the header. */
export type Names = {
  job: string
  project: string
  key: string
  importer: string
  users: ReadonlyMap<string, string>
  /** The old ids of those in whose place the importer is recorded. */
  strangers: ReadonlySet<string>
}
type Fields = Record<string, unknown>

/**
 * A new id for an id of the file: within one import, equal ones get equal ones. The first half stays, as in a UUIDv7 it
 * is the time, by which lists are ordered. The rest (62 bits) is a digest, so that a file cannot choose ids.
 */
function newIdFor(job: string, old: string): string {
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

/** A journal row with new ids. Its request_id names the importer, so that it cannot pass for a row written here. */
export function renameRow(entry: Entry, names: Names): Fields {
  const idOf = (id: string) => (id === entry.project_id ? names.project : newIdFor(names.job, id))
  const accountOf = (id: string) => {
    const known = names.users.get(id)
    if (known === undefined) throw lineErrorOf(entry.seq + 1, `names ${id}, whom the header does not list`)
    return known
  }
  const renameValue = (field: string, old: unknown): unknown => {
    if (field === 'actions') return old
    if (Array.isArray(old)) return field === 'label_ids' ? old.map(idOf) : [...new Set(old.map(accountOf))]
    if (typeof old !== 'string') return old
    if (field === 'user_id' || field === 'assignee_id' || field === 'created_by') return accountOf(old)
    if (field === 'id' || field.endsWith('_id')) return idOf(old)
    if (field === 'key' && entry.entity === 'project') return names.key
    return field === 'number' ? old.replace(/^[A-Z0-9]+/, names.key) : old
  }
  const renameFields = (fields: Fields) =>
    Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, renameValue(k, v)]))
  const { positions, ...data }: Fields & { positions?: Record<string, string> } = entry.data
  if (entry.entity === 'comment') Object.assign(data, renameComment(entry.data, names))
  return {
    ...renameFields({ ...entry, changes: undefined, data: undefined }),
    changes: changesOf(entry, renameValue),
    data: {
      ...renameFields(data),
      ...(positions && { positions: Object.fromEntries(Object.entries(positions).map(([id, at]) => [idOf(id), at])) }),
    },
    request_id: `import:${names.importer}`,
    api_key: null, // API keys are not imported
  }
}

const MENTION = /(@\[[^\][]+\]\(user:)([0-9a-f-]{36})\)/gi

/** An unknown author becomes null, never the importer; mentions of known people get their ids here. */
function renameComment(
  { user_id, body }: (Entry & { entity: 'comment' })['data'],
  { users, strangers }: Names,
): Fields {
  const renameMention = (whole: string, before: string, old: string) => {
    const known = strangers.has(old) ? undefined : users.get(old.toLowerCase())
    return known ? `${before}${known})` : whole
  }
  return {
    user_id: user_id !== null && strangers.has(user_id) ? null : user_id,
    body: body?.replace(MENTION, renameMention) ?? null,
  }
}

/** The renamed changes. If two people have become one account, a change from one to the other is left out. */
function changesOf({ changes }: Entry, value: (field: string, old: unknown) => unknown): Fields {
  const pairs = Object.entries(changes).flatMap(([field, pair]) => {
    if (pair === undefined) return []
    const [before, after] = [value(field, pair[0]), value(field, pair[1])]
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [[field, [before, after]] as const]
  })
  return Object.fromEntries(pairs)
}
