import { and, asc, desc, eq, getTableColumns, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { activity_logs, projects, webhook_deliveries, webhook_states, webhooks } from '../../db/schema.ts'
import { PAGE_BYTES } from '../../lib/page.ts'
import { journalPage, page } from '../../live/journal-page.ts'

type Orm = Database['primary']
type Changes = Partial<typeof webhooks.$inferInsert>

/** A webhook, as a check finds it and its project. */
export const webhookRef = (id: string) => ({ webhook: id, where: eq(webhooks.id, id) })

const { delivered_seq, failing_since, next_attempt_at, last_error } = webhook_states
/** The row as its managers see it, without the secrets (I9). */
const columns = { ...getTableColumns(webhooks), delivered_seq, failing_since, next_attempt_at, last_error }

const shown = (orm: Orm) =>
  orm.select(columns).from(webhooks).innerJoin(webhook_states, eq(webhook_states.webhook_id, webhooks.id))

export const selectWebhook = (orm: Orm, id: string) => shown(orm).where(eq(webhooks.id, id))

/** In the order in which they were made. */
export const selectWebhooks = (orm: Orm, project_id: string, after: string | undefined, limit: number) =>
  shown(orm)
    .where(and(eq(webhooks.project_id, project_id), after ? gt(webhooks.id, after) : undefined))
    .orderBy(asc(webhooks.id))
    .limit(limit + 1)

export const insertWebhook = (orm: Orm, webhook: typeof webhooks.$inferInsert) => orm.insert(webhooks).values(webhook)

/** It begins after its own creation. */
export const insertState = (orm: Orm, webhook_id: string, secret: string) =>
  orm.insert(webhook_states).values({
    webhook_id,
    secret,
    delivered_seq: sql`(select ${webhooks.seq} from ${webhooks} where ${webhooks.id} = ${webhook_id})`,
  })

export const updateWebhook = (orm: Orm, id: string, changes: Changes) =>
  orm
    .update(webhooks)
    .set({ id: sql`${webhooks.id}`, ...changes })
    .where(eq(webhooks.id, id))

/** Has it tried again at once. `elsewhere`: what is under way to the former address counts no more. */
export const resume = (orm: Orm, id: string, elsewhere: boolean) =>
  orm
    .update(webhook_states)
    .set({
      failing_since: null,
      attempts: 0,
      next_attempt_at: null,
      last_error: null,
      ...(elsewhere && { round: sql`${webhook_states.round} + 1` }),
    })
    .where(eq(webhook_states.webhook_id, id))

export const deleteWebhook = (orm: Orm, id: string) => orm.delete(webhooks).where(eq(webhooks.id, id))

/** How long the secret before this one signs, too. */
const OVERLAP = sql`clock_timestamp() + interval '24 hours'`

export const replaceSecret = (orm: Orm, id: string, secret: string) =>
  orm
    .update(webhook_states)
    .set({ previous_secret: sql`${webhook_states.secret}`, previous_until: OVERLAP, secret })
    .where(eq(webhook_states.webhook_id, id))

export const sendFrom = (orm: Orm, id: string, since: number) =>
  orm.execute(sql`select send_webhook_from(${id}::uuid, ${since}::bigint)`)

const previous = sql<string | null>`case when previous_until > clock_timestamp() then previous_secret end`

/** Where it sends to, and what it signs with. */
export const selectTarget = (orm: Orm, id: string) =>
  orm
    .select({ url: webhooks.url, project_id: webhooks.project_id, secret: webhook_states.secret, previous })
    .from(webhooks)
    .innerJoin(webhook_states, eq(webhook_states.webhook_id, webhooks.id))
    .where(eq(webhooks.id, id))

export const selectDeliveries = (orm: Orm, id: string, before: string | undefined, limit: number) => {
  const { webhook_id: _, ...fields } = getTableColumns(webhook_deliveries)
  return orm
    .select(fields)
    .from(webhook_deliveries)
    .where(and(eq(webhook_deliveries.webhook_id, id), before ? lt(webhook_deliveries.id, before) : undefined))
    .orderBy(desc(webhook_deliveries.id))
    .limit(limit + 1)
}

/* What a sender asks: */

/** Events of one read of the journal. */
const ROWS = 100
/** Numbers of the journal that one read searches for them. */
const SCAN = 10_000

const stateOf = (id: string, field: SQL) =>
  sql`(select ${field} from ${webhook_states} where ${webhook_states.webhook_id} = ${id})`

/** How it stands. `scanned`: it has nothing to send up to there, unless the events that follow say so. */
export const selectProgress = (orm: Orm, id: string) =>
  orm
    .select({
      url: webhooks.url,
      status: webhooks.status,
      secret: webhook_states.secret,
      previous,
      delivered_seq,
      round: webhook_states.round,
      attempts: webhook_states.attempts,
      scanned: sql`least(${projects.event_seq}, ${delivered_seq} + ${SCAN}::bigint)`.mapWith(Number),
      failing_ms: sql`coalesce(extract(epoch from clock_timestamp() - ${failing_since}) * 1000, 0)`.mapWith(Number),
      wait_ms: sql`greatest(0, extract(epoch from ${next_attempt_at} - clock_timestamp()) * 1000)`.mapWith(Number),
    })
    .from(webhooks)
    .innerJoin(webhook_states, eq(webhook_states.webhook_id, webhooks.id))
    .innerJoin(projects, eq(projects.id, webhooks.project_id))
    .where(eq(webhooks.id, id))

/** The next events that it wants (I3). */
export function selectDue(orm: Orm, project_id: string, id: string) {
  const after = stateOf(id, sql`delivered_seq`)
  const { action, seq } = activity_logs
  const wanted = sql`(select w.actions is null or ${action} = any(w.actions) from ${webhooks} w where w.id = ${id})`
  const where = and(wanted, sql`${seq} <= ${after} + ${SCAN}::bigint`)
  return orm
    .select(getTableColumns(page))
    .from(journalPage({ project_id, after, forward: true, where, rows: ROWS, bytes: PAGE_BYTES }))
    .where(sql`preceding <= ${PAGE_BYTES}`)
    .orderBy(asc(page.seq))
}

export type Attempt = Omit<typeof webhook_deliveries.$inferSelect, 'webhook_id'>
/** What a sender has done: attempts, how far the receiver has acknowledged, and why it did not go on. */
export type Note = { round: number; reached: number; tried: Attempt[]; failure: string | null; wait_ms: number }

export const noteDeliveries = (orm: Orm, id: string, { round, reached, tried, failure, wait_ms }: Note) =>
  orm.execute(
    sql`select note_deliveries(${id}::uuid, ${round}::int, ${reached}::bigint, ${JSON.stringify(tried)}::jsonb, ${failure}::text, ${wait_ms}::bigint)`,
  )

export const endWebhook = (orm: Orm, id: string, round: number, gone: boolean) =>
  orm.execute(sql`select end_webhook(${id}::uuid, ${round}::int, ${gone}::boolean)`)

/** Those of a project that nobody has woken for what they have to send. */
export const selectLate = (orm: Orm, project_id: string, moment: string) =>
  orm.select({ id: sql<string>`late` }).from(sql`late_webhooks(${project_id}::uuid, ${moment}::timestamptz) as late`)
