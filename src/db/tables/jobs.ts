import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { clockTimestamp, id, instant, oneOf } from './columns.ts'
import { ACT_KINDS } from './values.ts'

/** Work that is done in steps: imports, pending acts, jobs. */

/** A running import: one per person, so that the staged rows stay bounded. A second one ends the first. */
export const imports = pgTable('imports', {
  id: id(),
  user_id: uuid()
    .notNull()
    .unique('imports_user')
    .references(() => users.id, { onDelete: 'cascade' }),
  created_at: instant().notNull().default(clockTimestamp),
})

/**
 * The staged journal rows of an import, checked and with new ids, until `import_project` makes a project of them
 * (drizzle/functions/import.sql).
 */
export const import_lines = pgTable(
  'import_lines',
  {
    import_id: uuid().notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
    entry: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.import_id, t.seq] }),
    foreignKey({ name: 'import_lines_import_fk', columns: [t.import_id], foreignColumns: [imports.id] }).onDelete(
      'cascade',
    ),
  ],
)

/**
 * The pending work of acts: noted in the transaction of the act, done in short steps (drizzle/functions/acts.sql). It
 * may outlive its project, so it has no foreign key.
 */
export const pending_acts = pgTable(
  'pending_acts',
  {
    project_id: uuid().notNull(),
    kind: text({ enum: ACT_KINDS }).notNull(),
    /** A person's id, a column's key, or the id of a linked task; empty for `project`, and for `links` of an import. */
    subject: text().notNull(),
    /** For a deletion, the column that takes its tasks; for dates, `starts` when `started_at` changes, too. */
    target: text(),
    /** For dates, the last task that was handled. */
    reached: uuid(),
    /** The account that acted, and its request: the journal rows of the steps have both. */
    actor: uuid(),
    request_id: text(),
    /** The project's head at the act: what was assigned after it is kept. */
    since: bigint({ mode: 'number' }).notNull(),
    visited_at: instant().notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.project_id, t.kind, t.subject] }),
    index('pending_acts_turns').on(t.project_id, t.visited_at),
    check('pending_acts_kind', oneOf('kind', ACT_KINDS)),
  ],
)

/** The last project that a job has visited: its next run continues after it. */
export const job_cursors = pgTable('job_cursors', {
  job: text().primaryKey(),
  project_id: uuid().notNull(),
})
