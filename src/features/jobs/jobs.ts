import { runThenRest } from '../../lib/run-then-rest.ts'
import { runActStep } from '../../transaction/acts.ts'
import { transact } from '../../transaction/transact.ts'
import { endClaims } from '../claims/end.ts'
import { forgetSurplus, remindAssigneesIn } from '../notifications/queries.ts'
import { purgeTrash } from '../tasks/queries.ts'
import { selectLate } from '../webhooks/queries.ts'
import { DELETION_JOBS, deleteForgotten } from './forget.ts'
import { selectNextAct } from './queries.ts'
import { BUDGET, type Budget, type JobCtx, runInTurns, runJobStatement } from './turns.ts'

type Job = { name: string; run: (ctx: JobCtx) => Promise<unknown> }

/** Rows that one transaction of `empty_trash` deletes: few enough that nobody waits long for the project's lock. */
const TRASH_BATCH = 200

/** Notifies the assignees of tasks that are due soon or overdue at `ctx.now`. */
export async function remindAssignees(ctx: JobCtx, budget: Budget = BUDGET): Promise<void> {
  const moment = ctx.now.toISOString()
  const told = new Set<string>()
  // Those who got more notifications after their inbox was told of the first. It is told again at the end.
  const toldTwice = new Set<string>()
  const visit = async (project_id: string) => {
    const [visited] = await runJobStatement(ctx, 'remind', remindAssigneesIn(ctx.db.primary, project_id, moment))
    const people = visited?.told ?? []
    for (const id of people) if (told.has(id)) toldTwice.add(id)
    ctx.realtime.notify(people.filter((id) => !told.has(id)))
    for (const id of people) told.add(id)
    return visited?.more ?? false
  }
  try {
    await runInTurns(ctx, { job: 'remind', moment, visit }, budget)
  } finally {
    ctx.realtime.notify([...toldTwice])
  }
}

/** Deletes for good the tasks that have been in the trash for `TRASH_DAYS`, and records that in the journal. */
async function emptyTrash(ctx: JobCtx): Promise<void> {
  const moment = new Date(ctx.now.getTime() - ctx.config.TRASH_DAYS * 86_400_000).toISOString()
  const visit = async (project_id: string) => {
    const [purged] = await runJobStatement(
      ctx,
      'empty_trash',
      purgeTrash(ctx.db.primary, project_id, moment, TRASH_BATCH),
    )
    ctx.realtime.recheck([project_id])
    return (purged?.rows ?? 0) >= TRASH_BATCH
  }
  await runInTurns(ctx, { job: 'empty_trash', moment, visit }, BUDGET)
}

/** Gives back cards whose lease is over, if no alarm has done so, and sets the alarms again. */
async function endClaimsInTurns(ctx: JobCtx): Promise<void> {
  const moment = ctx.now.toISOString()
  const visit = async (project_id: string) => {
    const next = await endClaims(ctx, project_id)
    if (next !== null) ctx.realtime.wakeForClaims(project_id, new Date(next).toISOString())
    return next !== null && next <= Date.now()
  }
  await runInTurns(ctx, { job: 'end_claims', moment, visit }, BUDGET)
}

/** Wakes the senders of webhooks that have something to send, but were not woken for it. */
async function wakeLateSenders(ctx: JobCtx): Promise<void> {
  const moment = ctx.now.toISOString()
  const visit = async (project_id: string) => {
    const late = await runJobStatement(ctx, 'deliver_webhooks', selectLate(ctx.db.primary, project_id, moment))
    ctx.realtime.wakeWebhooks(
      project_id,
      late.map(({ id }) => id),
      true,
    )
    return false
  }
  await runInTurns(ctx, { job: 'deliver_webhooks', moment, visit }, BUDGET)
}

/** Runs steps of pending acts, one in each project in turn (I10). */
async function finishActs(ctx: JobCtx): Promise<void> {
  const until = Date.now() + BUDGET.ms
  const skipped: string[] = [] // whose acts are done, or cannot go on now
  for (let turn = 0; turn < BUDGET.turns && Date.now() < until; turn += 1) {
    const [[next]] = await transact(ctx, [selectNextAct(ctx.db.primary, skipped)])
    if (!next?.project_id) return
    if (!(await runActStep(ctx, next.project_id)).more) skipped.push(next.project_id)
  }
}

/** How long one run of `forget_surplus_notifications` begins new transactions, in milliseconds. */
const SURPLUS_MS = 20_000

/** Deletes each person's notifications beyond QUOTA_NOTIFICATIONS. */
async function forgetSurplusNotifications(ctx: JobCtx): Promise<void> {
  let since: string | null = '00000000-0000-0000-0000-000000000000'
  const until = Date.now() + SURPLUS_MS
  while (since !== null && Date.now() < until) {
    const visit = forgetSurplus(ctx.db.primary, since, ctx.config.QUOTA_NOTIFICATIONS)
    const [visited]: { last: string | null }[] = await runThenRest(() =>
      runJobStatement(ctx, 'forget_surplus_notifications', visit),
    )
    since = visited?.last ?? null
  }
}

/** The most urgent first. Each has a budget of its own; together they end within Cron's 15 minutes. */
const JOBS: Job[] = [
  { name: 'end_claims', run: endClaimsInTurns },
  { name: 'deliver_webhooks', run: wakeLateSenders },
  { name: 'finish_acts', run: finishActs },
  { name: 'remind', run: (ctx) => remindAssignees(ctx) },
  { name: 'empty_trash', run: emptyTrash },
  ...DELETION_JOBS.map((job) => ({ name: job.name, run: (ctx: JobCtx) => deleteForgotten(ctx, job) })),
  { name: 'forget_surplus_notifications', run: forgetSurplusNotifications },
]

/** Runs every job. Each may be repeated or missed without harm; one that fails does not stop the next. */
export async function runJobs(ctx: JobCtx): Promise<void> {
  for (const { name, run } of JOBS) {
    await run(ctx).catch((error: unknown) => ctx.log.error('job_failed', { job: name, error }))
  }
}
