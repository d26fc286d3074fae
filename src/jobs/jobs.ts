import { lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { nextAct } from '../acts/queries.ts'
import { advance } from '../acts/service.ts'
import {
  api_keys,
  idempotency_keys,
  imports,
  invitations,
  notifications,
  recovery_links,
  report_links,
  sessions,
  ws_tickets,
} from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import type { Ctx } from '../env.ts'
import { areForgotten, forgetSurplus, remindDue } from '../notifications/queries.ts'
import { nextTrashTurn, purgeTrash } from '../tasks/queries.ts'

export type JobCtx = Pick<Ctx, 'db' | 'realtime' | 'config' | 'now' | 'log'>
type Job = { name: string; run: (ctx: JobCtx) => Promise<unknown> }

/** How long an ended session, API key or recovery link stays in its owner's list, in days. */
const ENDED_SESSION_DAYS = 30

/** Reminders of one transaction, and transactions of one run; what is left over waits for the next run. */
const REMINDER_BATCH = 1_000
const MAX_REMINDER_BATCHES = 20

const daysAgo = ({ now }: JobCtx, days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()

/** Rows of one transaction of `empty_trash`: short enough that nobody waits long for the project's lock. */
const TRASH_BATCH = 500
/** Visits of one run, and how long a run goes on beginning new ones, in milliseconds. */
const MAX_TURNS = 300
const TURNS_MS = 60_000

/**
 * Deletes for good what has been in the trash for `TRASH_DAYS`; the journal says so. Each project
 * gets one short transaction in a round, and the next run goes on where this one stopped: a large
 * trash, or one that cannot be emptied, delays nobody else's (I10).
 */
async function emptyTrash(ctx: JobCtx): Promise<void> {
  const cutoff = daysAgo(ctx, ctx.config.TRASH_DAYS)
  const until = Date.now() + TURNS_MS
  const failed = new Set<string>()
  let more = true // the first round begins where the last run stopped
  for (let turn = 0; turn < MAX_TURNS && Date.now() < until; turn += 1) {
    const [[next]] = await transact(ctx, [nextTrashTurn(ctx.db.orm, cutoff)])
    if (next?.project_id) more = (await emptyOneTrash(ctx, next.project_id, cutoff, failed)) || more
    else if (more) more = false
    else return
  }
}

/** Whether the project has more to empty. A failure is logged, and the project is tried again in the next run. */
async function emptyOneTrash(ctx: JobCtx, project_id: string, cutoff: string, failed: Set<string>): Promise<boolean> {
  if (failed.has(project_id)) return false
  try {
    const [, [purged]] = await transact(ctx, [
      // Here, as a limit holds only from the statement after the one that sets it.
      ctx.db.orm.execute(sql`select set_actor(null, 'job:empty_trash'), set_config('statement_timeout', '5s', true)`),
      purgeTrash(ctx.db.orm, project_id, cutoff, TRASH_BATCH),
    ])
    ctx.realtime.recheck([project_id])
    return (purged?.rows ?? 0) >= TRASH_BATCH
  } catch (error) {
    failed.add(project_id)
    ctx.log.error('job_skipped_project', { job: 'empty_trash', project_id, error })
    return false
  }
}

/** Goes on with what acts have left to be tidied, one step of a project after one of another (I10). */
async function finishActs(ctx: JobCtx): Promise<void> {
  const until = Date.now() + TURNS_MS
  const failed: string[] = []
  for (let turn = 0; turn < MAX_TURNS && Date.now() < until; turn += 1) {
    const [[next]] = await transact(ctx, [nextAct(ctx.db.orm, failed)])
    if (!next?.project_id) return
    if ((await advance(ctx, next.project_id)).failed) failed.push(next.project_id)
  }
}

/** Rows that one transaction of a cleaning job deletes, and transactions of one run. */
const FORGET_BATCH = 5_000
const MAX_FORGET_BATCHES = 20

/** Deletes the rows for which `condition` holds, some at a time; what is left over waits for the next run. */
async function forget(ctx: JobCtx, table: PgTable, condition: SQL | undefined): Promise<void> {
  for (let step = 0; step < MAX_FORGET_BATCHES; step += 1) {
    const some = sql`ctid = any(array(select ctid from ${table} where ${condition} limit ${FORGET_BATCH}))`
    const [gone] = await transact(ctx, [ctx.db.orm.delete(table).where(some).returning({ one: sql<number>`1` })])
    if (gone.length < FORGET_BATCH) return
  }
}

const forgetKeys = (ctx: JobCtx) =>
  forget(ctx, idempotency_keys, lt(idempotency_keys.expires_at, ctx.now.toISOString()))

async function forgetSessions(ctx: JobCtx): Promise<void> {
  const cutoff = daysAgo(ctx, ENDED_SESSION_DAYS)
  await forget(ctx, ws_tickets, lt(ws_tickets.expires_at, ctx.now.toISOString()))
  await forget(ctx, sessions, or(lte(sessions.expires_at, cutoff), lte(sessions.revoked_at, cutoff)))
  await forget(ctx, recovery_links, lte(recovery_links.expires_at, cutoff))
  await forget(ctx, invitations, lte(invitations.expires_at, cutoff))
  await forget(ctx, api_keys, or(lte(api_keys.expires_at, cutoff), lte(api_keys.revoked_at, cutoff)))
}

const forgetLinks = (ctx: JobCtx) => forget(ctx, report_links, lt(report_links.expires_at, ctx.now.toISOString()))

/** What an import staged and, as its Worker ended, never took away. */
const forgetImports = (ctx: JobCtx) => forget(ctx, imports, lt(imports.created_at, daysAgo(ctx, 1 / 24)))

/** Keeps a person's notifications for NOTIFICATION_DAYS, and of those the newest QUOTA_NOTIFICATIONS. */
async function forgetNotifications(ctx: JobCtx): Promise<void> {
  await forget(ctx, notifications, areForgotten(new Date(daysAgo(ctx, ctx.config.NOTIFICATION_DAYS))))
  let since: string | null = '00000000-0000-0000-0000-000000000000'
  for (let step = 0; since !== null && step < MAX_FORGET_BATCHES; step += 1) {
    const step = forgetSurplus(ctx.db.orm, since, ctx.config.QUOTA_NOTIFICATIONS)
    const [[visited]]: [{ last: string | null }[]] = await transact(ctx, [step])
    since = visited?.last ?? null
  }
}

/** Reminds assignees of what is due soon or overdue as of `now`. */
export async function remind(ctx: JobCtx): Promise<void> {
  for (let batch = 0; batch < MAX_REMINDER_BATCHES; batch += 1) {
    const [told] = await transact(ctx, [remindDue(ctx.db.orm, ctx.now.toISOString(), REMINDER_BATCH)])
    ctx.realtime.notify([...new Set(told.map(({ user_id }) => user_id))])
    if (told.length < REMINDER_BATCH) return
  }
}

const JOBS: Job[] = [
  { name: 'finish_acts', run: finishActs },
  { name: 'empty_trash', run: emptyTrash },
  { name: 'forget_keys', run: forgetKeys },
  { name: 'forget_sessions', run: forgetSessions },
  { name: 'forget_links', run: forgetLinks },
  { name: 'forget_imports', run: forgetImports },
  { name: 'forget_notifications', run: forgetNotifications },
  { name: 'remind', run: remind },
]

/** Runs every job. Each may be repeated or missed without harm; one that fails does not stop the next. */
export async function runJobs(ctx: JobCtx): Promise<void> {
  for (const { name, run } of JOBS) {
    await run(ctx).catch((error: unknown) => ctx.log.error('job_failed', { job: name, error }))
  }
}
