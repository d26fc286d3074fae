import { lt, lte, or, sql } from 'drizzle-orm'
import { api_keys, idempotency_keys, imports, report_links, sessions, tasks, ws_tickets } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import type { Ctx } from '../env.ts'
import { remindDue } from '../notifications/queries.ts'
import { lockTrash, purgeTrash } from '../tasks/queries.ts'

export type JobCtx = Pick<Ctx, 'db' | 'realtime' | 'config' | 'now' | 'log'>
type Job = { name: string; run: (ctx: JobCtx) => Promise<unknown> }

/** How long an ended session or API key stays in its owner's list, in days. */
const ENDED_SESSION_DAYS = 30

/** Reminders of one transaction, and transactions of one run; what is left over waits for the next run. */
const REMINDER_BATCH = 1_000
const MAX_REMINDER_BATCHES = 20

const daysAgo = ({ now }: JobCtx, days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()

/** Tasks that have been in the trash for `TRASH_DAYS` go for good; the journal says so. */
async function emptyTrash(ctx: JobCtx): Promise<void> {
  const cutoff = daysAgo(ctx, ctx.config.TRASH_DAYS)
  const [, , purged] = await transact(ctx, [
    ctx.db.orm.execute(sql`select set_actor(null, 'job:empty_trash')`),
    lockTrash(ctx.db.orm, cutoff),
    purgeTrash(ctx.db.orm, cutoff).returning({ project_id: tasks.project_id }),
  ])
  ctx.realtime.recheck([...new Set(purged.map(({ project_id }) => project_id))])
}

async function forgetKeys(ctx: JobCtx): Promise<void> {
  const { orm } = ctx.db
  await transact(ctx, [orm.delete(idempotency_keys).where(lt(idempotency_keys.expires_at, ctx.now.toISOString()))])
}

async function forgetSessions(ctx: JobCtx): Promise<void> {
  const cutoff = daysAgo(ctx, ENDED_SESSION_DAYS)
  const { orm } = ctx.db
  await transact(ctx, [
    orm.delete(ws_tickets).where(lt(ws_tickets.expires_at, ctx.now.toISOString())),
    orm.delete(sessions).where(or(lte(sessions.expires_at, cutoff), lte(sessions.revoked_at, cutoff))),
    orm.delete(api_keys).where(or(lte(api_keys.expires_at, cutoff), lte(api_keys.revoked_at, cutoff))),
  ])
}

async function forgetLinks(ctx: JobCtx): Promise<void> {
  const { orm } = ctx.db
  await transact(ctx, [orm.delete(report_links).where(lt(report_links.expires_at, ctx.now.toISOString()))])
}

/** What an import staged and, as its Worker ended, never took away. */
async function forgetImports(ctx: JobCtx): Promise<void> {
  const cutoff = daysAgo(ctx, 1 / 24)
  await transact(ctx, [ctx.db.orm.delete(imports).where(lt(imports.created_at, cutoff))])
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
  { name: 'empty_trash', run: emptyTrash },
  { name: 'forget_keys', run: forgetKeys },
  { name: 'forget_sessions', run: forgetSessions },
  { name: 'forget_links', run: forgetLinks },
  { name: 'forget_imports', run: forgetImports },
  { name: 'remind', run: remind },
]

/** Runs every job. Each may be repeated or missed without harm; one that fails does not stop the next. */
export async function runJobs(ctx: JobCtx): Promise<void> {
  for (const { name, run } of JOBS) {
    await run(ctx).catch((error: unknown) => ctx.log.error('job_failed', { job: name, error }))
  }
}
