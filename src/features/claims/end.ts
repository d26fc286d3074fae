import type { Ctx } from '../../context.ts'
import { beginAsSystem } from '../../db/time-limits.ts'
import { runActStep } from '../../transaction/acts.ts'
import { selectNotifiedAndLeft } from '../../transaction/notified-and-left.ts'
import { transact } from '../../transaction/transact.ts'
import * as q from './queries.ts'

type EndCtx = Pick<Ctx, 'db' | 'realtime' | 'log'>

/** The most cards that one transaction gives back. Each takes a savepoint, of which Postgres keeps 64 in memory. */
const STEP = 50

/**
 * Gives back cards of a project whose lease is over. Returns when the next lease ends (epoch ms), null if there is
 * none, a past time if more cards are left.
 */
export async function endClaims(ctx: EndCtx, project_id: string): Promise<number | null> {
  const { primary } = ctx.db
  const [, [before], [ended], [outcome], [after]] = await transact({ db: ctx.db }, [
    beginAsSystem(primary, 'lease'),
    q.selectSeq(primary, project_id),
    q.endClaims(primary, project_id, STEP),
    selectNotifiedAndLeft(primary),
    q.selectSeq(primary, project_id),
  ])
  // Most leases are renewed or completed before they end. Then nothing is new, and the caches stay valid.
  if (after?.seq !== before?.seq) ctx.realtime.recheck([project_id])
  ctx.realtime.notify([...new Set(outcome?.notified ?? [])])
  for (const left of outcome?.left ?? []) await runActStep(ctx, left)
  return ended?.next ? Date.parse(ended.next) : null
}
