import { sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/client.ts'
import { nothing } from '../db/nothing.ts'
import { limitTime } from '../db/time-limits.ts'
import { runThenRest } from '../lib/run-then-rest.ts'
import { transact } from './transact.ts'

/*
 * An act takes effect at once, however many rows it concerns. Its remaining rows are changed here,
 * in short steps, so that nobody waits long for the project's lock (drizzle/functions/acts.sql).
 */

/** How many tasks one step changes: it takes a fraction of a second under the project's lock. */
const STEP_TASKS = 500
/** How many tasks the next step changes after a step has failed: perhaps each task changes many others. */
const FEW_TASKS = 25
/** How many tasks of a step count as one request of its actor, since they cost about as much. */
const TASKS_A_REQUEST = 25
/** How long steps may run after the answer, in milliseconds; Cloudflare allows 30 s. */
const AFTER_ANSWER_MS = 25_000

/** Runs one step in a project, of about `size` tasks. `more`: there is another step. */
const advanceActs = (orm: Database['primary'], project_id: string, size: number) =>
  orm.select({ more: sql<boolean>`advance_acts(${project_id}::uuid, ${size})` }).from(nothing)

/** Selects the projects in which the step has left pending work. */
const selectPendingProjects = (orm: Database['primary']) =>
  orm.select({ left: sql<string[]>`string_to_array(current_setting('flowtrack.left', true), ',')` }).from(nothing)

/** Lets the project's other acts come first, after the step of one has failed. */
const postponeAct = (orm: Database['primary'], project_id: string) =>
  orm.execute(sql`select postpone_act(${project_id}::uuid)`)

type Step = { more: boolean; left: string[] }

type ActCtx = Pick<Ctx, 'db' | 'realtime' | 'log'>

/** Runs one step, of about `size` tasks, in at most 5 s. */
async function advance(ctx: ActCtx, project_id: string, size: number): Promise<Step> {
  const { primary } = ctx.db
  const [, [step], [after]] = await transact(ctx, [
    limitTime(primary, { statement: '5s' }),
    advanceActs(primary, project_id, size),
    selectPendingProjects(primary),
  ])
  ctx.realtime.recheck([project_id])
  return { more: step?.more ?? false, left: after?.left ?? [] }
}

/**
 * Runs one step of a project's pending acts, then rests. `more`: there are further steps; `left`: other projects in
 * which it has left pending work. After a failure, which is logged, it says that there are none: the job finish_acts
 * does the rest.
 */
export async function runActStep(ctx: ActCtx, project_id: string): Promise<Step> {
  try {
    return await runThenRest(() =>
      advance(ctx, project_id, STEP_TASKS).catch(() => advance(ctx, project_id, FEW_TASKS)),
    )
  } catch (error) {
    ctx.log.warn('act_not_finished', { project_id, error })
    // If this fails too, the next run tries the same act again.
    await transact(ctx, [postponeAct(ctx.db.primary, project_id)]).catch(() => undefined)
    return { more: false, left: [] }
  }
}

/**
 * Runs steps of these projects' pending acts after the answer, for AFTER_ANSWER_MS. The job finish_acts does the rest.
 */
export function finishActsAfterAnswer(
  ctx: ActCtx & Pick<Ctx, 'waitUntil' | 'limits'>,
  project_ids: readonly string[],
): void {
  const until = Date.now() + AFTER_ANSWER_MS
  const finish = async () => {
    const waiting = new Set(project_ids)
    for (const project_id of waiting) {
      while (Date.now() < until) {
        const { more, left } = await runActStep(ctx, project_id)
        for (const id of left) waiting.add(id)
        ctx.limits.addCost(more ? STEP_TASKS / TASKS_A_REQUEST : 1) // most acts have little to do
        if (!more) break
      }
    }
  }
  if (project_ids.length > 0) ctx.waitUntil(finish())
}
