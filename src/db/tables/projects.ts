import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './accounts.ts'
import { id, isRank, oneOf, rank, seq, stamps } from './columns.ts'
import {
  COLUMN_CATEGORIES,
  COLUMN_STATES,
  PROJECT_ROLES,
  PROJECT_STATUSES,
  type ProjectQuota,
  WIP_MODES,
} from './values.ts'

/** Projects, their members, columns, labels and views. */

export const projects = pgTable(
  'projects',
  {
    id: id(),
    key: text().notNull().unique('projects_key_key'),
    name: text().notNull(),
    description: text().notNull().default(''),
    status: text({ enum: PROJECT_STATUSES }).notNull().default('active'),
    created_by: uuid().references(() => users.id),
    start_date: date({ mode: 'string' }),
    due_date: date({ mode: 'string' }),
    ...stamps(),
    seq: seq(),
    event_seq: seq(),
    stream_epoch: uuid().notNull().default(sql`gen_random_uuid()`),
    task_counter: integer().notNull().default(0),
    /** The number of tasks, those in the trash included. */
    task_count: integer().notNull().default(0),
    /** The number of comments on all tasks. */
    comment_total: integer().notNull().default(0),
    /** The number of checklists of all tasks, plus their items. */
    item_total: integer().notNull().default(0),
    /** The person who made or imported the project: it counts against their quota. */
    charged_to: uuid().references(() => users.id),
    /** Quotas that an administrator has set in place of the deployment's (QUOTA_…). */
    quotas: jsonb().$type<Partial<Record<ProjectQuota, number>>>().notNull().default({}),
  },
  (t) => [
    index('projects_charged').on(t.charged_to),
    check('projects_key_format', sql`key ~ '^[A-Z][A-Z0-9]{1,9}$'`),
    check('projects_status', oneOf('status', PROJECT_STATUSES)),
    check('projects_dates', sql`due_date >= start_date`),
    check('projects_quotas', sql`jsonb_typeof(quotas) = 'object'`),
  ],
)

export const project_members = pgTable(
  'project_members',
  {
    id: id(),
    project_id: uuid()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    user_id: uuid()
      .notNull()
      .references(() => users.id),
    role: text({ enum: PROJECT_ROLES }).notNull(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    unique('project_members_key').on(t.project_id, t.user_id),
    index('project_members_user').on(t.user_id, t.project_id),
    check('project_members_role', oneOf('role', PROJECT_ROLES)),
  ],
)

export const board_columns = pgTable(
  'board_columns',
  {
    id: id(),
    project_id: uuid().notNull(),
    key: text().notNull(),
    name: text().notNull(),
    category: text({ enum: COLUMN_CATEGORIES }).notNull(),
    position: rank().notNull(),
    color: text(),
    wip_limit: integer(),
    wip_mode: text({ enum: WIP_MODES }).notNull().default('warn'),
    /**
     * `deletion`: its tasks are being moved to another column, then it is deleted. `dates`: `started_at` and
     * `completed_at` of tasks that have been in it follow its new category. Null: nothing is under way.
     */
    pending: text({ enum: COLUMN_STATES }),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    unique('board_columns_key').on(t.project_id, t.key),
    check('board_columns_key_format', sql`key ~ '^[a-z][a-z0-9_]{0,39}$'`),
    check('board_columns_category', oneOf('category', COLUMN_CATEGORIES)),
    check('board_columns_wip_mode', oneOf('wip_mode', WIP_MODES)),
    check('board_columns_pending', oneOf('pending', COLUMN_STATES)),
    check('board_columns_wip_limit', sql`wip_limit > 0`),
    check('board_columns_position', isRank),
  ],
)

/** Labels of a project, which `label_ids` of its tasks name. */
export const labels = pgTable(
  'labels',
  {
    id: id(),
    project_id: uuid()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    color: text(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [uniqueIndex('labels_name_key').on(t.project_id, sql`folded(${t.name})`)],
)

/**
 * Saved filters of a project's tasks: private, or shared with its members. They are not in the journal, which every
 * member reads.
 */
export const views = pgTable(
  'views',
  {
    id: id(),
    project_id: uuid()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    created_by: uuid()
      .notNull()
      .references(() => users.id),
    name: text().notNull(),
    query: jsonb().$type<Record<string, string | string[]>>().notNull(),
    shared: boolean().notNull().default(false),
    ...stamps(),
  },
  (t) => [index('views_project').on(t.project_id, t.shared, t.id), index('views_maker').on(t.created_by, t.project_id)],
)
