import { sql } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { clockTimestamp, instant } from './columns.ts'

/** What every write leaves: the journal, and the answer of a write with an Idempotency-Key. */

/** Answers of keyed writes, kept for a day: a repeat returns the first answer (see src/transaction/transact.ts). */
export const idempotency_keys = pgTable(
  'idempotency_keys',
  {
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    fingerprint: text().notNull(),
    status: integer(),
    response: jsonb(),
    expires_at: instant().notNull(),
  },
  (t) => [primaryKey({ columns: [t.user_id, t.key] }), index('idempotency_keys_expiry').on(t.expires_at)],
)

export const activity_logs = pgTable(
  'activity_logs',
  {
    project_id: uuid().notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
    user_id: uuid(),
    action: text().notNull(),
    entity: text().notNull(),
    entity_id: uuid().notNull(),
    task_id: uuid(),
    changes: jsonb().$type<Record<string, [unknown, unknown]>>().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
    request_id: text(),
    created_at: instant().notNull().default(clockTimestamp),
    /** The id of the API key that acted. Its name, which may be personal, is joined when the row is read. */
    api_key: uuid(),
  },
  (t) => [
    primaryKey({ columns: [t.project_id, t.seq] }),
    index('activity_logs_entity').on(t.project_id, t.entity_id, t.seq),
    index('activity_logs_task').on(t.project_id, t.task_id, t.seq),
    index('activity_logs_user').on(t.project_id, t.user_id, t.seq),
    // For reports: removed members, purged tasks, and events by time (index-only).
    index('activity_logs_removed').on(t.project_id, sql`(data ->> 'user_id')`).where(sql`action = 'member.removed'`),
    index('activity_logs_purged').on(t.project_id, t.task_id).where(sql`action = 'task.purged'`),
    index('activity_logs_time').on(t.project_id, t.created_at, t.user_id, t.action),
    // Deleted columns, and columns whose tasks got new ranks: few rows of many.
    index('activity_logs_columns')
      .on(t.project_id, t.created_at)
      .where(sql`action in ('column.deleted', 'column.reordered')`),
  ],
)
