import type { Notification } from './types.ts'

export const compareNewestFirst = (a: Notification, b: Notification) =>
  a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : a.id < b.id ? 1 : -1

/**
 * Whether only the server can say what is in a list of these items after these rows, and how many are unread: a person
 * who is invited to a project again sees its old notifications again, and a transfer, which takes `event_seq` away,
 * changes rows that are not loaded. Rows up to `seq` have been taken before.
 */
export function needsServer(items: readonly Notification[], rows: readonly Notification[], seq: number): boolean {
  const known = new Set(items.map(({ id }) => id))
  const oldest = items.at(-1)
  const isElsewhere = (row: Notification) =>
    !known.has(row.id) && (row.read_at !== null || (oldest !== undefined && compareNewestFirst(row, oldest) > 0))
  return rows.some(
    (row) => row.seq > seq && (row.kind === 'project_invited' || (row.event_seq === null && isElsewhere(row))),
  )
}
