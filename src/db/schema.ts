import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

/**
 * The tables. A row has one shape everywhere (I9): property, column, JSON field and event payload
 * carry the same snake_case name. The triggers that journal, rank and guard these tables are in
 * drizzle/triggers.sql, and their functions in drizzle/functions.
 */

/** Postgres's text of an instant. Sessions are in UTC, and then no date has to be parsed: a page of tasks has hundreds. */
function rfc3339(text: string): string {
  const [, day, time, fraction = '.'] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\+00$/.exec(text) ?? []
  return day ? `${day}T${time}${fraction.padEnd(4, '0')}Z` : new Date(text).toISOString()
}

/** An instant, to the millisecond, as RFC 3339 UTC text: the same bytes in an answer and an event. */
const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: rfc3339,
})

/** A rank. Text, because 40 digits do not fit a JavaScript number; only its order means anything. */
const rank = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' })

/** NaN sorts above everything, and would tie whatever comes after it. */
const isRank = sql`position > 0 and position < 'Infinity'`

const now = sql`clock_timestamp()`
const id = () => uuid().primaryKey()
const seq = () => bigint({ mode: 'number' }).notNull().default(0)
const stamps = () => ({
  created_at: instant().notNull().default(now),
  updated_at: instant().notNull().default(now),
})

export const USER_ROLES = ['admin', 'member'] as const
export const KEY_SCOPES = ['read', 'write', 'admin'] as const
export const PROJECT_ROLES = ['viewer', 'commenter', 'contributor', 'editor', 'manager'] as const
export const PROJECT_STATUSES = ['planning', 'active', 'on_hold', 'completed', 'archived'] as const
export const COLUMN_CATEGORIES = ['backlog', 'todo', 'in_progress', 'review', 'done', 'cancelled'] as const
export const WIP_MODES = ['warn', 'block'] as const
export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const
export const COLUMN_STATES = ['deletion', 'dates'] as const
export const ACT_KINDS = ['membership', 'assignments', 'deletion', 'dates', 'links', 'project'] as const
export const LINK_KINDS = ['blocks', 'blocked_by', 'relates', 'duplicates', 'duplicated_by'] as const
export const WEBHOOK_STATUSES = ['active', 'paused'] as const
export const PROJECT_QUOTAS = ['tasks', 'columns', 'labels', 'members', 'links', 'comments', 'items'] as const
export type ProjectQuota = (typeof PROJECT_QUOTAS)[number]
export const NOTIFICATION_KINDS = [
  'assigned',
  'unassigned',
  'moved',
  'project_invited',
  'role_changed',
  'due_soon',
  'overdue',
  'mentioned',
  'commented',
  'webhook_paused',
  'webhook_removed',
] as const

/** `column in ('a', 'b')`, for a check constraint that agrees with the list TypeScript knows. */
const oneOf = (column: string, values: readonly string[]) =>
  sql.raw(`${column} in (${values.map((value) => `'${value}'`).join(', ')})`)

export const users = pgTable(
  'users',
  {
    id: id(),
    email: text().notNull(),
    name: text().notNull(),
    role: text({ enum: USER_ROLES }).notNull().default('member'),
    password_hash: text(),
    is_active: boolean().notNull().default(true),
    avatar_url: text(),
    timezone: text().notNull().default('UTC'),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    uniqueIndex('users_email_key').on(sql`lower(${t.email})`),
    index('users_email_prefix').on(sql`lower(${t.email}) text_pattern_ops`),
    index('users_name_words').using('gin', sql`name_words(${t.name})`),
    index('users_admins').on(t.id).where(sql`role = 'admin' and is_active`),
    check('users_role', oneOf('role', USER_ROLES)),
  ],
)

export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    refresh_hash: text().notNull(),
    previous_hash: text(),
    rotated_at: instant(),
    /** Hashes of older tokens, each with the moment when it was rotated: those within their grace, 20 at most. */
    retired: jsonb().$type<Record<string, string>>().notNull().default({}),
    expires_at: instant().notNull(),
    revoked_at: instant(),
    revoke_reason: text(),
    user_agent: text(),
    ip: text(),
    last_used_at: instant().notNull().default(now),
    ...stamps(),
  },
  (t) => [
    index('sessions_user').on(t.user_id, t.id),
    index('sessions_expiry').on(t.expires_at),
    index('sessions_revoked').on(t.revoked_at).where(sql`revoked_at is not null`),
  ],
)

/** Ways back for who forgot a password. Of the token there is only a hash. */
export const recovery_links = pgTable(
  'recovery_links',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    token_hash: text().notNull(),
    /** The administrator who made it. */
    created_by: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    created_at: instant().notNull().default(now),
    expires_at: instant().notNull(),
    used_at: instant(),
    /** The network and device that used it. */
    user_agent: text(),
    ip: text(),
  },
  (t) => [
    uniqueIndex('recovery_links_token').on(t.token_hash),
    index('recovery_links_user').on(t.user_id, t.id),
    index('recovery_links_expiry').on(t.expires_at),
  ],
)

/** What a person's programs sign in with. Of the secret there is only a hash; `prefix` is its public half. */
export const api_keys = pgTable(
  'api_keys',
  {
    id: id(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    prefix: text().notNull(),
    hash: text().notNull(),
    scopes: text({ enum: KEY_SCOPES }).array().notNull(),
    /** The projects that exist for this key; null: all of its owner's. */
    project_ids: uuid().array(),
    expires_at: instant(),
    last_used_at: instant(),
    revoked_at: instant(),
    created_at: instant().notNull().default(now),
  },
  (t) => [
    index('api_keys_user').on(t.user_id, t.id),
    index('api_keys_expiry').on(t.expires_at).where(sql`expires_at is not null`),
    index('api_keys_revoked').on(t.revoked_at).where(sql`revoked_at is not null`),
    check('api_keys_scopes', sql.raw(`scopes <@ '{${KEY_SCOPES.join(',')}}' and cardinality(scopes) > 0`)),
  ],
)

/** Allows one e-mail address to register, once, where registration is not open. Only a hash of its token is kept. */
export const invitations = pgTable(
  'invitations',
  {
    id: id(),
    email: text().notNull(),
    role: text({ enum: USER_ROLES }).notNull(),
    token_hash: text().notNull(),
    created_by: uuid()
      .notNull()
      .references(() => users.id),
    created_at: instant().notNull().default(now),
    expires_at: instant().notNull(),
    used_at: instant(),
    revoked_at: instant(),
  },
  (t) => [
    uniqueIndex('invitations_token').on(t.token_hash),
    index('invitations_email').on(sql`lower(${t.email})`),
    index('invitations_expiry').on(t.expires_at),
    check('invitations_role', oneOf('role', USER_ROLES)),
  ],
)

/** Single-use tickets that let a browser open a socket, where it cannot send a header. Of a session, or of a key. */
export const ws_tickets = pgTable(
  'ws_tickets',
  {
    ticket_hash: text().primaryKey(),
    user_id: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    session_id: uuid().references(() => sessions.id, { onDelete: 'cascade' }),
    key_id: uuid().references(() => api_keys.id, { onDelete: 'cascade' }),
    access_expires_at: instant().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [
    index('ws_tickets_expiry').on(t.expires_at),
    index('ws_tickets_user').on(t.user_id),
    index('ws_tickets_session').on(t.session_id),
    index('ws_tickets_key').on(t.key_id),
    check('ws_tickets_holder', sql`num_nonnulls(session_id, key_id) = 1`),
  ],
)

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
    /** Tasks that there are, those in the trash included. */
    task_count: integer().notNull().default(0),
    /** Comments on all of them. */
    comment_total: integer().notNull().default(0),
    /** Checklists of all of them, and their items. */
    item_total: integer().notNull().default(0),
    /** Whose quota of projects it uses up: who made or imported it. */
    charged_to: uuid().references(() => users.id),
    /** What an administrator allows in place of the deployment's own numbers (QUOTA_…). */
    quotas: jsonb().$type<Partial<Record<ProjectQuota, number>>>().notNull().default({}),
  },
  (t) => [
    index('projects_charged').on(t.charged_to),
    check('projects_key_format', sql`key ~ '^[A-Z][A-Z0-9]{1,9}$'`),
    check('projects_status', oneOf('status', PROJECT_STATUSES)),
    check('projects_dates', sql`due_date >= start_date`),
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
    /** What is under way: its tasks go to another, and then it is gone; or their dates follow its category. */
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

/** What tasks of a project are marked with: `label_ids`. */
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
    /** It may name labels that are gone: read it as `presentLabels` (src/features/tasks/queries.ts). */
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
    /** Put away: on no board and in no list that does not ask for it, and not in the trash either. */
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
    /** The other task, if it is in another project. No event has it, and only those who may read both projects are shown it. */
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
 * What people say on a card. `body` is no part of the journal, where nothing can be deleted: `with_text` joins it where
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

/** What is to be done for a task, by name. Its project is that of the task. */
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

/** One thing of a checklist. Its project and task are those of the checklist. */
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
 * What is searched of each task, folded, and the pieces of words by which an index finds it; among these is the
 * project, so that a word that is everywhere in other projects costs nothing. A trigger keeps it, beside the tasks:
 * most writes of a task change none of it.
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

/** Who is told of comments on a task. It is each person's own affair, and no part of the journal. */
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
    created_at: instant().notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.task_id, t.user_id] }), index('task_watchers_person').on(t.project_id, t.user_id)],
)

/**
 * A card that a worker has taken, until when. Beside the journal, which tells what has become of the card: the lease says
 * nothing about the past.
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
    /** Another one for each lease: who comes back late has an old one. */
    token: uuid().notNull(),
    /** The columns that it is in, and came from. */
    status: text().notNull(),
    from_status: text().notNull(),
    lease_seconds: integer().notNull(),
    expires_at: instant().notNull(),
  },
  (t) => [index('task_claims_ends').on(t.project_id, t.expires_at), index('task_claims_person').on(t.user_id)],
)

/** What a person does not want to be told. Without a row: nothing of that. */
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
    created_at: instant().notNull().default(now),
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

/**
 * Where tasks were, as the journal says, in a narrow table for reports. A step is written when a task
 * appears, moves, leaves or gets another estimate; it also holds the state before. A trigger writes it
 * (drizzle/0009_task_steps.sql), and `journal_steps` can make it again.
 */
export const task_steps = pgTable(
  'task_steps',
  {
    project_id: uuid().notNull(),
    task_id: uuid().notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
    at: instant().notNull(),
    status: text().notNull(),
    was_status: text(),
    /** Whether the task is on the board: neither in the trash nor purged. */
    here: boolean().notNull(),
    was_here: boolean().notNull(),
    estimate: doublePrecision().notNull(),
    had: doublePrecision().notNull(),
    /** When it had come to the column that it leaves or stays in; null when it was not on the board. */
    entered_at: instant(),
  },
  (t) => [primaryKey({ columns: [t.project_id, t.task_id, t.seq] })],
)

/** Signed links to pictures of reports, and to calendars. A link reads what its maker may read, for as long as they may. */
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
    created_at: instant().notNull().default(now),
  },
  (t) => [
    index('report_links_user').on(t.user_id, t.id),
    index('report_links_project').on(t.project_id, t.id),
    index('report_links_expiry').on(t.expires_at),
  ],
)

/**
 * Saved filters of a project's tasks: a person's own, or shared with its members. They are no part of the board:
 * the journal, which every member reads, does not tell them.
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

/**
 * Where the events of a project are sent to. The journal, which every member reads, has all of it but `url`, which may hold
 * a secret of the receiver's.
 */
export const webhooks = pgTable(
  'webhooks',
  {
    id: id(),
    project_id: uuid()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    url: text().notNull(),
    description: text().notNull().default(''),
    /** The events that are sent; null: all. */
    actions: text().array(),
    status: text({ enum: WEBHOOK_STATUSES }).notNull().default('active'),
    /** When its secret was last replaced. */
    rotated_at: instant(),
    ...stamps(),
    seq: seq(),
  },
  (t) => [
    index('webhooks_project').on(t.project_id, t.id),
    check('webhooks_status', oneOf('status', WEBHOOK_STATUSES)),
  ],
)

/**
 * How far a webhook has come, and what it signs with. Beside the journal: what is delivered changes nothing in the
 * project. Nothing but deliveries reads the secrets.
 */
export const webhook_states = pgTable('webhook_states', {
  webhook_id: uuid()
    .primaryKey()
    .references(() => webhooks.id, { onDelete: 'cascade' }),
  secret: text().notNull(),
  previous_secret: text(),
  previous_until: instant(),
  /** Events up to here were acknowledged. */
  delivered_seq: bigint({ mode: 'number' }).notNull(),
  /** Another one whenever somebody sends it elsewhere: what was under way then counts no more. */
  round: integer().notNull().default(0),
  failing_since: instant(),
  attempts: integer().notNull().default(0),
  next_attempt_at: instant(),
  last_error: text(),
})

/** The last attempts of each webhook. */
export const webhook_deliveries = pgTable(
  'webhook_deliveries',
  {
    id: id(),
    webhook_id: uuid()
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    event_seq: bigint({ mode: 'number' }).notNull(),
    sent_at: instant().notNull(),
    /** What the receiver answered; null: nothing. */
    status: integer(),
    ms: integer().notNull(),
    /** Why it failed; null: it was acknowledged. */
    error: text(),
    /** How an answer that is a failure begins. */
    response: text(),
  },
  (t) => [index('webhook_deliveries_webhook').on(t.webhook_id, t.id)],
)

/** The head of one person's stream of notifications: the counter, and the lock that keeps it in order. */
export const inboxes = pgTable('inboxes', {
  user_id: uuid()
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  epoch: uuid().notNull().default(sql`gen_random_uuid()`),
  seq: seq(),
})

/** Written by triggers only (drizzle/0004_notifications.sql). `seq` is 0 until the commit gives it a number. */
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
    created_at: instant().notNull().default(now),
  },
  (t) => [
    unique('notifications_dedupe').on(t.user_id, t.dedupe_key),
    index('notifications_stream').on(t.user_id, t.seq),
    index('notifications_list').on(t.user_id, t.id),
    index('notifications_unread').on(t.user_id, t.id).where(sql`read_at is null`),
    index('notifications_unstamped').on(t.user_id).where(sql`seq = 0`),
    index('notifications_project').on(t.project_id),
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

/** The same for single tasks that a change of the columns reopened. */
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
