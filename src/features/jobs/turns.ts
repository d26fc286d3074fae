import type { Ctx } from '../../context.ts'
import { beginAsSystem } from '../../db/time-limits.ts'
import { runThenRest } from '../../lib/run-then-rest.ts'
import { type Statement, transact } from '../../transaction/transact.ts'
import { type JobInTurns, takeTurn } from './queries.ts'

export type JobCtx = Pick<Ctx, 'db' | 'realtime' | 'config' | 'now' | 'log'>

/** What one run of a job may take: turns, milliseconds in which it begins new ones, and visits of one project. */
export type Budget = { turns: number; ms: number; visits: number }
export const BUDGET: Budget = { turns: 1_000, ms: 60_000, visits: 60 }

/** Runs a statement of a job within 5 seconds, as the system. */
export async function runJobStatement<S extends Statement>(ctx: JobCtx, job: string, statement: S) {
  const [, result] = await transact(ctx, [beginAsSystem(ctx.db.primary, `job:${job}`), statement])
  return result
}

/**
 * Visits one project after another that has work for the job, each in a short transaction and once a
 * round; `visit` returns whether the project has more. The next run goes on where this one stopped: much
 * work in one project, or a project that fails, delays no other (I10). One that fails is tried again in
 * the next run.
 */
export async function runInTurns(
  ctx: JobCtx,
  { job, moment, visit }: { job: JobInTurns; moment: string; visit: (project_id: string) => Promise<boolean> },
  { turns, ms, visits }: Budget,
): Promise<void> {
  const until = Date.now() + ms
  const visited = new Map<string, number>()
  const visitOnce = async (project_id: string): Promise<boolean> => {
    const count = (visited.get(project_id) ?? 0) + 1
    if (count > visits) return false
    visited.set(project_id, count)
    return runThenRest(async () => {
      try {
        return await visit(project_id)
      } catch (error) {
        visited.set(project_id, visits)
        ctx.log.error('job_skipped_project', { job, project_id, error })
        return false
      }
    })
  }
  let more = true // the first round begins where the last run stopped
  for (let turn = 0; turn < turns && Date.now() < until; turn += 1) {
    const [[next]] = await transact(ctx, [takeTurn(ctx.db.primary, job, moment)])
    if (next?.project_id) more = (await visitOnce(next.project_id)) || more
    else if (more) more = false
    else return
  }
}
