import { and, asc, desc, eq, getTableColumns, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { activity_logs, projects, webhook_deliveries, webhook_states, webhooks } from '../../db/schema.ts'
import { PAGE_BYTES } from '../../lib/page.ts'
import { journalPage, page } from '../../live/journal-page.ts'

type Orm = Database['primary']
type Changes = Partial<typeof webhooks.$inferInsert>

/** How `requireBasis` finds a webhook and its project. */
export const webhookRef = (id: string) => ({ webhook: id, where: eq(webhooks.id, id) })

const { delivered_seq, failing_since, next_attempt_at, last_error } = webhook_states
/** The row as its managers see it, without the secrets (I9). */
const columns = { ...getTableColumns(webhooks), delivered_seq, failing_since, next_attempt_at, last_error }

const selectShown = (orm: Orm) =>
  orm.select(columns).from(webhooks).innerJoin(webhook_states, eq(webhook_states.webhook_id, webhooks.id))

export const selectWebhook = (orm: Orm, id: string) => selectShown(orm).where(eq(webhooks.id, id))

/** The webhooks of a project, the oldest first. */
export const selectWebhooks = (orm: Orm, project_id: string, after: string | undefined, limit: number) =>
  selectShown(orm)
    .where(and(eq(webhooks.project_id, project_id), after ? gt(webhooks.id, after) : undefined))
    .orderBy(asc(webhooks.id))
    .limit(limit + 1)

export const insertWebhook = (orm: Orm, webhook: typeof webhooks.$inferInsert) => orm.insert(webhooks).values(webhook)

/** Inserts the state of a new webhook: it sends the events after its own creation. */
export const insertState = (orm: Orm, webhook_id: string, secret: string) =>
  orm.insert(webhook_states).values({
    webhook_id,
    secret,
    delivered_seq: sql`(select ${webhooks.seq} from ${webhooks} where ${webhooks.id} = ${webhook_id})`,
  })

/**
 * FT409 when an edit of the URL is based on another version, as the journal, from which edits are merged, does not have
 * the URL.
 */
export const requireSameUrl = (orm: Orm, id: string, base_seq: number | undefined, url: string | undefined) =>
  orm.execute(
    sql`select fail('FT409', 'edit_conflict', jsonb_build_object('conflicts', jsonb_build_object('url', jsonb_build_object('yours', ${url ?? null}::text, 'theirs', w.url))))
      from ${webhooks} w where w.id = ${id} and w.seq > ${base_seq ?? null}::bigint and w.url <> ${url ?? null}::text`,
  )

export const updateWebhook = (orm: Orm, id: string, changes: Changes) =>
  orm
    .update(webhooks)
    .set({ id: sql`${webhooks.id}`, ...changes })
    .where(eq(webhooks.id, id))

/**
 * Before a webhook gets these changes: makes it try again at once, unless it will be paused, which keeps since when and
 * why it fails. If it gets another URL, the outcome of an alarm that runs now is ignored.
 */
export function resetRetries(orm: Orm, id: string, { url, status }: Pick<Changes, 'url' | 'status'>) {
  const moves = url === undefined ? sql`false` : sql`${webhooks.url} <> ${url}`
  const pauses = status === undefined ? sql`${webhooks.status} = 'paused'` : sql`${status === 'paused'}`
  const keeps = sql`${pauses} and not ${moves}`
  return orm
    .update(webhook_states)
    .set({
      failing_since: sql`case when ${keeps} then ${webhook_states.failing_since} end`,
      last_error: sql`case when ${keeps} then ${webhook_states.last_error} end`,
      attempts: 0,
      next_attempt_at: null,
      round: sql`${webhook_states.round} + (${moves})::int`,
    })
    .from(webhooks)
    .where(and(eq(webhooks.id, id), eq(webhook_states.webhook_id, webhooks.id)))
}

export const deleteWebhook = (orm: Orm, id: string) => orm.delete(webhooks).where(eq(webhooks.id, id))

/** Until when the secret before this one signs, too. */
const OVERLAP = sql`clock_timestamp() + interval '24 hours'`

export const replaceSecret = (orm: Orm, id: string, secret: string) =>
  orm
    .update(webhook_states)
    .set({ previous_secret: sql`${webhook_states.secret}`, previous_until: OVERLAP, secret })
    .where(eq(webhook_states.webhook_id, id))

export const sendFrom = (orm: Orm, id: string, since: number) =>
  orm.execute(sql`select send_webhook_from(${id}::uuid, ${since}::bigint)`)

const previous = sql<string | null>`case when previous_until > clock_timestamp() then previous_secret end`

/** The URL to which a webhook sends, and the secrets with which it signs. */
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

/* The queries of a sender; the last one is of the job that wakes senders: */

/** The most events of one read of the journal. */
const ROWS = 100
/** The range of `seq` that one read searches. */
const SCAN = 10_000

const stateOf = (id: string, field: SQL) =>
  sql`(select ${field} from ${webhook_states} where ${webhook_states.webhook_id} = ${id})`

/** The state of a webhook. `scanned`: up to this seq, it has to send only the events that `selectDue` returns. */
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

/** The next events of the journal that a webhook has to send, in order (I3). */
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
/** What a sender has done: attempts, the last seq that was acknowledged or skipped, and the failure that stopped it. */
export type Note = { round: number; reached: number; tried: Attempt[]; failure: string | null; wait_ms: number }

export const noteDeliveries = (orm: Orm, id: string, { round, reached, tried, failure, wait_ms }: Note) =>
  orm.execute(
    sql`select note_deliveries(${id}::uuid, ${round}::int, ${reached}::bigint, ${JSON.stringify(tried)}::jsonb, ${failure}::text, ${wait_ms}::bigint)`,
  )

export const endWebhook = (orm: Orm, id: string, round: number, gone: boolean) =>
  orm.execute(sql`select end_webhook(${id}::uuid, ${round}::int, ${gone}::boolean)`)

/** The webhooks of a project that have something to send, but were not woken for it. */
export const selectLate = (orm: Orm, project_id: string, moment: string) =>
  orm.select({ id: sql<string>`late` }).from(sql`late_webhooks(${project_id}::uuid, ${moment}::timestamptz) as late`)
