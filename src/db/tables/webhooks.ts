import { bigint, check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, oneOf, seq, stamps } from './columns.ts'
import { projects } from './projects.ts'
import { WEBHOOK_STATUSES } from './values.ts'

/** Where the events of a project are sent. */

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
