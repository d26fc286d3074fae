import { bigint, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, oneOf, seq, stamps } from './columns.ts'
import { projects } from './projects.ts'
import { WEBHOOK_STATUSES } from './values.ts'

/** Webhooks, and how far their deliveries have come. */

/**
 * Webhooks: receivers of a project's events. The journal, which every member reads, has all of it but `url`, which may
 * contain a secret of the receiver.
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
 * How far the deliveries of a webhook have come, and the secrets that sign them, which nothing else reads. Not in the
 * journal: a delivery changes nothing in the project.
 */
export const webhook_states = pgTable('webhook_states', {
  webhook_id: uuid()
    .primaryKey()
    .references(() => webhooks.id, { onDelete: 'cascade' }),
  secret: text().notNull(),
  previous_secret: text(),
  previous_until: instant(),
  /** Events up to this seq were acknowledged or skipped. */
  delivered_seq: bigint({ mode: 'number' }).notNull(),
  /** Grows when somebody changes the URL, or sends from another seq: results of earlier rounds are ignored. */
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
    /** The HTTP status of the receiver's answer; null: none came. */
    status: integer(),
    ms: integer().notNull(),
    /** Why the attempt failed; null: it was acknowledged. */
    error: text(),
    /** The first 1,000 characters of what the receiver answered, if that was not a 2xx. */
    response: text(),
  },
  (t) => [index('webhook_deliveries_webhook').on(t.webhook_id, t.id)],
)
