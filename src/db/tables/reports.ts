import { bigint, boolean, doublePrecision, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { clockTimestamp, id, instant } from './columns.ts'
import { projects } from './projects.ts'

/** The data of reports, and links to them. */

/**
 * The steps of tasks, derived from the journal, in a narrow table for reports. A step is written when a task appears,
 * moves, leaves or gets another estimate; it also has the state before. A trigger writes it (`take_step` in
 * drizzle/functions/reports.sql), and `journal_steps` can make it again.
 */
export const task_steps = pgTable(
  'task_steps',
  {
    project_id: uuid().notNull(),
    task_id: uuid().notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
    /** The time of the journal row, but never before the task's step before. */
    at: instant().notNull(),
    status: text().notNull(),
    /** Null: the task appears, for the first time or back from another project. */
    was_status: text(),
    /**
     * Whether reports count the task: it is not purged, not in the trash, and not archived unfinished (`is_counted`).
     */
    here: boolean().notNull(),
    was_here: boolean().notNull(),
    estimate: doublePrecision().notNull(),
    had: doublePrecision().notNull(),
    /** When the task entered the column that it leaves or stays in; null when it was not counted. */
    entered_at: instant(),
  },
  (t) => [primaryKey({ columns: [t.project_id, t.task_id, t.seq] })],
)

/**
 * Signed links to pictures of reports, and to calendars. A link reads what its maker may read, for as long as they may.
 */
export const report_links = pgTable(
  'report_links',
  {
    id: id(),
    /** Null: a calendar of what is assigned to its maker, in all their projects. */
    project_id: uuid().references(() => projects.id, { onDelete: 'cascade' }),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The name of a report, or `calendar`. */
    report: text().notNull(),
    query: jsonb().$type<Record<string, string>>().notNull(),
    expires_at: instant().notNull(),
    revoked_at: instant(),
    created_at: instant().notNull().default(clockTimestamp),
  },
  (t) => [
    index('report_links_user').on(t.user_id, t.id),
    index('report_links_project').on(t.project_id, t.id),
    index('report_links_expiry').on(t.expires_at),
  ],
)
