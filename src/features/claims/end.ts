import { sql } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import { restingAfter } from '../../lib/rest.ts'
import { transact } from '../../transaction/transact.ts'
import * as q from './queries.ts'

type EndCtx = Pick<Ctx, 'db' | 'realtime' | 'log'>

/** Cards that one transaction gives back, and projects of one run of the job. */
const STEP = 100
const MOST_PROJECTS = 1_000
/** How long a run of the job begins new transactions, in milliseconds. */
const MS = 20_000

/** Gives back the cards of a project whose lease is over. When the next lease is over, in milliseconds; null for none. */
export async function endClaims({ db, realtime }: EndCtx, project_id: string): Promise<number | null> {
  // Here, as a limit holds only from the statement after the one that sets it.
  const limits = db.primary.execute(
    sql`select set_actor(null, 'lease'), set_config('statement_timeout', '5s', true), set_config('lock_timeout', '1s', true)`,
  )
  const [, [ended]] = await transact({ db }, [limits, q.endClaims(db.primary, project_id, STEP)])
  realtime.recheck([project_id])
  return ended?.next ? Date.parse(ended.next) : null
}

/** The job: for the projects whose clock was never set, or has failed. A project that fails waits for the next run. */
export async function endClaimsEverywhere(ctx: EndCtx): Promise<void> {
  const until = Date.now() + MS
  let after: string | null = null
  for (let n = 0; n < MOST_PROJECTS && Date.now() < until; n += 1) {
    const [[next]]: [{ project_id: string | null }[]] = await transact(ctx, [
      q.projectOfEndedClaim(ctx.db.primary, after),
    ])
    if (!next?.project_id) return
    after = next.project_id
    await restingAfter(() => endClaims(ctx, after as string)).catch((error: unknown) =>
      ctx.log.error('job_skipped_project', { job: 'end_claims', project_id: after, error }),
    )
  }
}
