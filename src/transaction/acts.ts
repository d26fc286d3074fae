import { sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/client.ts'
import { restingAfter } from '../lib/rest.ts'
import { transact } from './transact.ts'

/*
 * An act takes effect at once, however many rows it concerns. The rows that it leaves are changed here,
 * in short steps, so that nobody waits long for the project's lock (drizzle/functions/acts.sql).
 */

/** Tasks of one step: a fraction of a second under the project's lock. */
const STEP_TASKS = 500
/** Tasks of a step that cost what a request does: the step counts as so many of its actor's requests. */
const TASKS_A_REQUEST = 25
/** How long a request goes on after its answer, in milliseconds; Cloudflare allows it 30 s. */
const AFTER_ANSWER_MS = 25_000

/** Runs one step in a project, of about `most` tasks: whether there is another. */
const advanceActs = (orm: Database['primary'], project_id: string, most: number) =>
  orm.select({ more: sql<boolean>`advance_acts(${project_id}::uuid, ${most})` }).from(sql`(select 1) as one`)

type ActCtx = Pick<Ctx, 'db' | 'realtime' | 'log'>

/** Runs one step of the acts of a project, and rests. Returns whether there are more; a failure is logged and ends them. */
export async function runActStep(ctx: ActCtx, project_id: string): Promise<{ more: boolean; failed?: true }> {
  try {
    // Here, as a limit holds only from the statement after the one that sets it.
    const limit = ctx.db.primary.execute(sql`select set_config('statement_timeout', '5s', true)`)
    const advance = advanceActs(ctx.db.primary, project_id, STEP_TASKS)
    return await restingAfter(async () => {
      const [, [step]] = await transact(ctx, [limit, advance])
      ctx.realtime.recheck([project_id])
      return { more: step?.more ?? false }
    })
  } catch (error) {
    ctx.log.warn('act_not_finished', { project_id, error })
    return { more: false, failed: true }
  }
}

/** Runs steps of these projects' acts after the answer, within its time. The job finish_acts does the rest. */
export function finishActsAfterAnswer(
  ctx: ActCtx & Pick<Ctx, 'waitUntil' | 'limits'>,
  project_ids: readonly string[],
): void {
  const until = Date.now() + AFTER_ANSWER_MS
  const finish = async () => {
    for (const project_id of project_ids) {
      while (Date.now() < until) {
        ctx.limits.owe(STEP_TASKS / TASKS_A_REQUEST)
        if (!(await runActStep(ctx, project_id)).more) break
      }
    }
  }
  if (project_ids.length > 0) ctx.waitUntil(finish())
}
