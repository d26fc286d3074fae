import { sql } from 'drizzle-orm'
import { bigint, check, date, index, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { clockTimestamp, id, instant, oneOf, seq } from './columns.ts'
import { projects } from './projects.ts'
import { tasks } from './tasks.ts'
import { NOTIFICATION_KINDS } from './values.ts'

/** Notifications, inboxes, what people have muted, and how far reminders have got. */

/** The kinds of notifications, and the projects, that a person has muted. Without a row: none. */
export const notification_preferences = pgTable(
  'notification_preferences',
  {
    user_id: uuid()
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    muted_kinds: text({ enum: NOTIFICATION_KINDS }).array().notNull(),
    muted_project_ids: uuid().array().notNull(),
  },
  () => [check('notification_preferences_kinds', sql.raw(`muted_kinds <@ '{${NOTIFICATION_KINDS.join(',')}}'`))],
)

/** The head of one person's stream of notifications: the counter, and the lock that keeps it in order. */
export const inboxes = pgTable('inboxes', {
  user_id: uuid()
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  epoch: uuid().notNull().default(sql`gen_random_uuid()`),
  seq: seq(),
})

/**
 * Inserted and changed only by SQL functions (notifications.sql, transfer.sql, import.sql). `seq` is 0 until the commit
 * gives it a number.
 */
export const notifications = pgTable(
  'notifications',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seq: seq(),
    kind: text({ enum: NOTIFICATION_KINDS }).notNull(),
    project_id: uuid().notNull(),
    task_id: uuid(),
    actor_id: uuid(),
    event_seq: bigint({ mode: 'number' }),
    data: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    dedupe_key: text().notNull(),
    read_at: instant(),
    created_at: instant().notNull().default(clockTimestamp),
  },
  (t) => [
    unique('notifications_dedupe').on(t.user_id, t.dedupe_key),
    index('notifications_stream').on(t.user_id, t.seq),
    index('notifications_list').on(t.user_id, t.id),
    index('notifications_unread').on(t.user_id, t.id).where(sql`read_at is null`),
    index('notifications_unstamped').on(t.user_id).where(sql`seq = 0`),
    index('notifications_project').on(t.project_id),
    index('notifications_task').on(t.task_id, t.id),
    check('notifications_kind', oneOf('kind', NOTIFICATION_KINDS)),
  ],
)

/** No reminders are sent for due dates that ended before `since`, when the project was imported or reopened. */
export const reminder_floors = pgTable('reminder_floors', {
  project_id: uuid()
    .primaryKey()
    .references(() => projects.id, { onDelete: 'cascade' }),
  since: instant().notNull(),
})

/** No reminder is sent for a due date of this task that ended before `since`, when a change of columns reopened it. */
export const reminder_rests = pgTable('reminder_rests', {
  task_id: uuid()
    .primaryKey()
    .references(() => tasks.id, { onDelete: 'cascade' }),
  since: instant().notNull(),
})

/** The last task that a visit of the job `remind` handled, when the project has more. */
export const reminder_positions = pgTable('reminder_positions', {
  project_id: uuid()
    .primaryKey()
    .references(() => projects.id, { onDelete: 'cascade' }),
  due_date: date({ mode: 'string' }).notNull(),
  task_id: uuid().notNull(),
})
