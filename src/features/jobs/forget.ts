import { getTableName, lt, lte, not, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import * as t from '../../db/schema.ts'
import { runThenRest } from '../../lib/run-then-rest.ts'
import { areForgotten } from '../notifications/queries.ts'
import { type JobCtx, runJobStatement } from './turns.ts'

/** The most rows that one transaction deletes; the most transactions of one run, and the ms in which it begins them. */
const BATCH = 5_000
const MAX_BATCHES = 40
const RUN_MS = 20_000

/** How many days the rows of ended sessions and API keys, and of expired invitations and recovery links, are kept. */
const ENDED_DAYS = 30

/** Rows to delete: those of `table` that match `where`. Each entry is a job, so that a failure stops no other. */
type DeletionJob = { name: string; table: PgTable; where: (now: Date, config: JobCtx['config']) => SQL }

const daysBefore = (now: Date, days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()
const retentionCutoffOf = (now: Date) => daysBefore(now, ENDED_DAYS)

/** Imports that began over an hour ago: their Worker has ended. Their lines are deleted first: they may be many. */
const isAbandoned = (now: Date) => lt(t.imports.created_at, daysBefore(now, 1 / 24))
const hasLines = sql`exists (select 1 from ${t.import_lines} where ${t.import_lines.import_id} = ${t.imports.id})`

export const DELETION_JOBS: DeletionJob[] = [
  {
    name: 'forget_idempotency_keys',
    table: t.idempotency_keys,
    where: (now) => lt(t.idempotency_keys.expires_at, now.toISOString()),
  },
  { name: 'forget_tickets', table: t.ws_tickets, where: (now) => lt(t.ws_tickets.expires_at, now.toISOString()) },
  { name: 'forget_sessions', table: t.sessions, where: (now) => lte(t.sessions.expires_at, retentionCutoffOf(now)) },
  {
    name: 'forget_revoked_sessions',
    table: t.sessions,
    where: (now) => lte(t.sessions.revoked_at, retentionCutoffOf(now)),
  },
  {
    name: 'forget_recoveries',
    table: t.recovery_links,
    where: (now) => lte(t.recovery_links.expires_at, retentionCutoffOf(now)),
  },
  {
    name: 'forget_invitations',
    table: t.invitations,
    where: (now) => lte(t.invitations.expires_at, retentionCutoffOf(now)),
  },
  { name: 'forget_api_keys', table: t.api_keys, where: (now) => lte(t.api_keys.expires_at, retentionCutoffOf(now)) },
  {
    name: 'forget_revoked_api_keys',
    table: t.api_keys,
    where: (now) => lte(t.api_keys.revoked_at, retentionCutoffOf(now)),
  },
  {
    name: 'forget_report_links',
    table: t.report_links,
    where: (now) => lt(t.report_links.expires_at, now.toISOString()),
  },
  {
    name: 'forget_import_lines',
    table: t.import_lines,
    where: (now) =>
      sql`${t.import_lines.import_id} in (select ${t.imports.id} from ${t.imports} where ${isAbandoned(now)})`,
  },
  { name: 'forget_imports', table: t.imports, where: (now) => sql`${isAbandoned(now)} and ${not(hasLines)}` },
  {
    name: 'forget_notifications',
    table: t.notifications,
    where: (now, { NOTIFICATION_DAYS }) => areForgotten(new Date(daysBefore(now, NOTIFICATION_DAYS))),
  },
]

/**
 * Deletes the rows of a job in batches. What is left after MAX_BATCHES or RUN_MS waits for the next run, and does no
 * harm until then. Rows that somebody has locked are left for later. A batch that fails is tried again with a tenth of
 * the rows, down to one row, which is then skipped.
 */
export async function deleteForgotten(ctx: JobCtx, { name, table, where }: DeletionJob): Promise<void> {
  const until = Date.now() + RUN_MS
  let [size, passed] = [BATCH, 0]
  for (let n = 0; n < MAX_BATCHES && Date.now() < until; n += 1) {
    const some = sql`ctid = any(array(select ctid from ${table} where ${where(ctx.now, ctx.config)} limit ${size} offset ${passed} for update skip locked))`
    try {
      const batch = ctx.db.primary.delete(table).where(some).returning({ one: sql<number>`1` })
      const gone = await runThenRest(() => runJobStatement(ctx, name, batch))
      if (gone.length < size) return
      size = Math.min(BATCH, size * 10)
    } catch (error) {
      ctx.log.error('job_skipped_rows', { job: name, table: getTableName(table), rows: size, error })
      if (size === 1) passed += 1
      size = Math.max(1, Math.floor(size / 10))
    }
  }
}
