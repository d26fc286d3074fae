import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { id, instant, now, oneOf } from './columns.ts'
import { ACT_KINDS } from './values.ts'

/** What is done in steps: imports, acts that go on, jobs. */

/** A running import: one per person, so that the staged rows stay bounded. A second one ends the first. */
export const imports = pgTable('imports', {
  id: id(),
  user_id: uuid()
    .notNull()
    .unique('imports_user')
    .references(() => users.id, { onDelete: 'cascade' }),
  created_at: instant().notNull().default(now),
})

/** Its journal rows, checked and renamed, until `import_project` makes a project of them (drizzle/0008_portability.sql). */
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
 * What an act has left to be tidied: written in the transaction of the act, worked off in short steps (drizzle/functions/acts.sql).
 * It outlives its project, and refers to no row.
 */
export const pending_acts = pgTable(
  'pending_acts',
  {
    project_id: uuid().notNull(),
    kind: text({ enum: ACT_KINDS }).notNull(),
    /** What it is about: a person's id, or a column's key. */
    subject: text().notNull(),
    /** For a deletion, the column that takes its tasks; for dates, `starts` when `started_at` changes, too. */
    target: text(),
    /** For dates, the last task that has been looked at. */
    reached: uuid(),
    /** The account and the request that acted: the journal rows of the steps name them. */
    actor: uuid(),
    request_id: text(),
    /** The project's head at the act: what was assigned later is not undone. */
    since: bigint({ mode: 'number' }).notNull(),
    visited_at: instant().notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.project_id, t.kind, t.subject] }),
    index('pending_acts_visited').on(t.visited_at),
    check('pending_acts_kind', oneOf('kind', ACT_KINDS)),
  ],
)

/** Where a job that visits one project after another has arrived: its next run goes on from there. */
export const job_cursors = pgTable('job_cursors', {
  job: text().primaryKey(),
  project_id: uuid().notNull(),
})
