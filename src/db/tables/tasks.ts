import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  customType,
  date,
  doublePrecision,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { clockTimestamp, id, instant, isRank, oneOf, rank, seq, stamps } from './columns.ts'
import { board_columns } from './projects.ts'
import { LINK_KINDS, PRIORITIES } from './values.ts'

/** Tasks, and what belongs to them. */

export const tasks = pgTable(
  'tasks',
  {
    id: id(),
    project_id: uuid().notNull(),
    number: text().notNull(),
    title: text().notNull(),
    description: text().notNull().default(''),
    status: text().notNull(),
    position: rank().notNull(),
    priority: text({ enum: PRIORITIES }).notNull().default('none'),
    assignee_ids: uuid().array().notNull().default(sql`'{}'`),
    /** May contain ids of deleted labels: read it as `presentLabels` (src/features/tasks/queries.ts). */
    label_ids: uuid().array().notNull().default(sql`'{}'`),
    parent_id: uuid(),
    estimate: doublePrecision(),
    start_date: date({ mode: 'string' }),
    due_date: date({ mode: 'string' }),
    started_at: instant(),
    completed_at: instant(),
    /** Kept by a trigger of `comments`. */
    comment_count: integer().notNull().default(0),
    /** Items of its checklists that are done, and all of them; kept by triggers of `checklist_items`. */
    checklist_done: integer().notNull().default(0),
    checklist_total: integer().notNull().default(0),
    created_by: uuid().references(() => users.id),
    deleted_at: instant(),
    /** When the task was archived: it is then on no board, and in lists only on request, but not in the trash. */
    archived_at: instant(),
    is_blocked: boolean().notNull().default(false),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    foreignKey({
      name: 'tasks_status_fk',
      columns: [t.project_id, t.status],
      foreignColumns: [board_columns.project_id, board_columns.key],
    }),
    foreignKey({ name: 'tasks_parent_fk', columns: [t.parent_id], foreignColumns: [t.id] }).onDelete('set null'),
    unique('tasks_number_key').on(t.project_id, t.number),
    index('tasks_board').on(t.project_id, t.status, t.position, t.id).where(sql`deleted_at is null`),
    index('tasks_list').on(t.project_id, t.id),
    index('tasks_updated').on(t.project_id, t.updated_at, t.id),
    index('tasks_column').on(t.project_id, t.status),
    index('tasks_parent').on(t.parent_id),
    index('tasks_trash').on(t.project_id, t.deleted_at, t.id).where(sql`deleted_at is not null`),
    index('tasks_assignees').using('gin', t.assignee_ids),
    index('tasks_by_due').on(t.project_id, t.due_date, t.id).where(sql`deleted_at is null`),
    index('tasks_by_priority').on(t.project_id, sql`priority_rank(priority)`, t.id).where(sql`deleted_at is null`),
    index('tasks_by_title').on(t.project_id, sql`title_order(title) collate "C"`, t.id).where(sql`deleted_at is null`),
    index('tasks_labels').using('gin', t.label_ids),
    index('tasks_due')
      .on(t.project_id, t.due_date, t.id)
      .where(sql`due_date is not null and deleted_at is null and completed_at is null and assignee_ids <> '{}'`),
    index('tasks_free')
      .on(t.project_id, t.status, t.position, t.id)
      .where(sql`deleted_at is null and archived_at is null and assignee_ids = '{}' and not is_blocked`),
    index('tasks_blocked').on(t.project_id, t.id).where(sql`is_blocked`),
    check('tasks_priority', oneOf('priority', PRIORITIES)),
    check('tasks_dates', sql`due_date >= start_date`),
    check('tasks_estimate', sql`estimate >= 0`),
    check('tasks_position', isRank),
  ],
)

/** One side of a link between two tasks: each side is a row of its own project (drizzle/functions/links.sql). */
export const task_links = pgTable(
  'task_links',
  {
    id: id(),
    project_id: uuid().notNull(),
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    kind: text({ enum: LINK_KINDS }).notNull(),
    /** The task at the other end, if it is one of this project. */
    other_task_id: uuid(),
    /**
     * The other task, if it is in another project. Events leave it out, and only people who may read both projects see
     * it.
     */
    foreign_task_id: uuid(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    uniqueIndex('task_links_key').on(t.task_id, t.kind, sql`coalesce(other_task_id, foreign_task_id)`),
    index('task_links_other').on(sql`coalesce(other_task_id, foreign_task_id)`),
    index('task_links_project').on(t.project_id),
    check('task_links_kind', oneOf('kind', LINK_KINDS)),
    check('task_links_other', sql`num_nonnulls(other_task_id, foreign_task_id) = 1`),
  ],
)

/**
 * Comments on tasks. The journal does not contain `body`, since nothing in it can be deleted: `with_text` joins it when
 * events are read, as long as the comment is there.
 */
export const comments = pgTable(
  'comments',
  {
    id: id(),
    project_id: uuid().notNull(),
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    /** Null: an import did not find its author here. */
    user_id: uuid().references(() => users.id),
    body: text().notNull(),
    edited_at: instant(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [index('comments_thread').on(t.task_id, t.created_at, t.id), index('comments_project').on(t.project_id, t.id)],
)

/** Checklists of tasks. `project_id` is that of the task. */
export const checklists = pgTable(
  'checklists',
  {
    id: id(),
    project_id: uuid().notNull(),
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    title: text().notNull(),
    position: rank().notNull(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [index('checklists_task').on(t.task_id, t.position, t.id), check('checklists_position', isRank)],
)

/** Items of checklists. `project_id` and `task_id` are those of the checklist. */
export const checklist_items = pgTable(
  'checklist_items',
  {
    id: id(),
    project_id: uuid().notNull(),
    task_id: uuid().notNull(),
    checklist_id: uuid()
      .notNull()
      .references(() => checklists.id, { onDelete: 'cascade' }),
    text: text().notNull(),
    done: boolean().notNull().default(false),
    assignee_id: uuid(),
    due_date: date({ mode: 'string' }),
    position: rank().notNull(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    index('checklist_items_list').on(t.checklist_id, t.position, t.id),
    index('checklist_items_assignee').on(t.assignee_id, t.project_id).where(sql`assignee_id is not null`),
    check('checklist_items_position', isRank),
  ],
)

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })

/**
 * The searched text of each task and comment, folded, and the pieces of words by which an index finds it. The project
 * is one of the pieces, so that a word that is frequent in other projects costs nothing. Triggers keep this table
 * beside the tasks, since most writes of a task do not change its text.
 */
export const search_texts = pgTable(
  'search_texts',
  {
    id: uuid().primaryKey(),
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    project_id: uuid().notNull(),
    title: text().notNull(),
    body: text().notNull(),
    grams: tsvector().notNull(),
  },
  (t) => [index('search_texts_task').on(t.task_id), index('search_texts_grams').using('gin', t.grams)],
)

/** The people who are notified of comments on a task. Not in the journal, since it concerns only the person. */
export const task_watchers = pgTable(
  'task_watchers',
  {
    task_id: uuid()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    project_id: uuid().notNull(),
    created_at: instant().notNull().default(clockTimestamp),
  },
  (t) => [primaryKey({ columns: [t.task_id, t.user_id] }), index('task_watchers_person').on(t.project_id, t.user_id)],
)

/**
 * Claims: which worker holds a card, and until when. The journal has what happens to the card, but not the lease, which
 * says nothing about the past.
 */
export const task_claims = pgTable(
  'task_claims',
  {
    task_id: uuid()
      .primaryKey()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    project_id: uuid().notNull(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** A new one for each lease, so that a late worker has an old one. */
    token: uuid().notNull(),
    /** The column that the card is in, and the one that it came from. */
    status: text().notNull(),
    from_status: text().notNull(),
    /** Its place in that column; null in claims of a former release. */
    from_position: rank(),
    lease_seconds: integer().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [index('task_claims_ends').on(t.project_id, t.expires_at), index('task_claims_person').on(t.user_id)],
)
