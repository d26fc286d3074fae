import { sql } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import { transact } from '../../transaction/transact.ts'
import * as q from './queries.ts'

/*
 * An act on any number of rows ends at once; what it leaves to be tidied is done here, in steps that
 * are short for everybody else (drizzle/functions/acts.sql).
 */

/** Tasks of one step: a fraction of a second under the project's lock. */
const STEP_TASKS = 500
/** How long a request goes on after its answer, in milliseconds; Cloudflare allows it 30 s. */
const AFTER_ANSWER_MS = 25_000

type ActCtx = Pick<Ctx, 'db' | 'realtime' | 'log'>

/** One step of what is left in a project. Returns whether there is another; a failure is logged and has none. */
export async function runActStep(ctx: ActCtx, project_id: string): Promise<{ more: boolean; failed?: true }> {
  try {
    const [, [step]] = await transact(ctx, [
      // Here, as a limit holds only from the statement after the one that sets it.
      ctx.db.primary.execute(sql`select set_config('statement_timeout', '5s', true)`),
      q.advanceActs(ctx.db.primary, project_id, STEP_TASKS),
    ])
    ctx.realtime.recheck([project_id])
    return { more: step?.more ?? false }
  } catch (error) {
    ctx.log.warn('act_not_finished', { project_id, error })
    return { more: false, failed: true }
  }
}

/** Goes on with what acts have left in these projects after the answer. The job finish_acts does what remains. */
export function finishActsAfterAnswer(ctx: ActCtx & Pick<Ctx, 'waitUntil'>, project_ids: readonly string[]): void {
  const until = Date.now() + AFTER_ANSWER_MS
  const finish = async () => {
    for (const project_id of project_ids) {
      while (Date.now() < until && (await runActStep(ctx, project_id)).more);
    }
  }
  if (project_ids.length > 0) ctx.waitUntil(finish())
}
