import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { invalidAt, Replayed } from '../../lib/errors.ts'
import type { Statements } from '../../transaction/transact.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import { insertComment } from '../comments/queries.ts'
import type { Task } from '../tasks/queries.ts'
import * as q from './queries.ts'
import type { ClaimTask, CompleteClaim, ReleaseClaim, RenewClaim } from './schema.ts'

type EndOfClaim = ReturnType<typeof q.completeClaim>

/** What a claim by label costs if no card fits, in requests: it has examined all free cards. */
const COST_OF_NO_CARD = 10

const contributorGuardOf = (task: string) => ({ task, role: 'contributor' }) as const
const answerOf = (status: 200 | 201) => ({ status, body: q.answerJson }) as const

function requireLeaseLength({ config }: Ctx, seconds: number | undefined): void {
  const min = config.LEASE_MIN_SECONDS
  if (seconds !== undefined && seconds < min) throw invalidAt('lease_seconds', `must be at least ${min}`)
}

/** The statement that inserts the worker's comment. */
function insertCommentOn({ db, config, actor }: Ctx, task_id: string, body: string) {
  const { QUOTA_COMMENTS: quota, QUOTA_TASK_COMMENTS: task_quota } = config
  return insertComment(db.primary, { id: uuid(), user_id: actor.user_id, task_id, body, quota, task_quota })
}

/** Claims the first free card of a column. If there is none, returns null; undefined to a repeat that had null. */
export async function claimTask(ctx: Ctx, project: string, input: ClaimTask) {
  requireLeaseLength(ctx, input.lease_seconds)
  const guard = { project, role: 'contributor' } as const
  try {
    const written = await write(ctx, guard, [q.claimTask(input)], answerOf(201))
    const { value: taken } = oneOrNotFound(written.results[0])
    if (!taken && input.label_id) ctx.limits.addCost(COST_OF_NO_CARD - 1)
    if (!taken) return null
    const { task, ends_first } = taken
    // Otherwise the clock wakes earlier for another lease, and then sets its alarm for this one.
    if (ends_first) ctx.realtime.wakeForClaims(project, task.claim.expires_at)
    return toWriteResult(task, written)
  } catch (error) {
    if (error instanceof Replayed && !('id' in error.body)) return undefined
    throw error
  }
}

/** Keeps a card for longer. */
export async function renewClaim(ctx: Ctx, id: string, input: RenewClaim) {
  requireLeaseLength(ctx, input.lease_seconds)
  const { results } = await write(ctx, contributorGuardOf(id), [q.renewClaim({ ...input, id })], answerOf(200))
  const { claim, project_id } = oneOrNotFound(results[0]).value
  ctx.realtime.wakeForClaims(project_id, claim.expires_at) // the lease may now end earlier than before
  return claim
}

/** Runs `end` after inserting the comment, so that the answer has the card as it is after both. */
async function endClaim(ctx: Ctx, id: string, comment: string | undefined, end: EndOfClaim) {
  const say = comment === undefined ? undefined : insertCommentOn(ctx, id, comment)
  const statements: Statements = say ? [say, end] : [end]
  const written = await write(ctx, contributorGuardOf(id), statements, answerOf(200))
  const [ended] = written.results.at(-1) as { value: Task }[]
  return toWriteResult(oneOrNotFound(ended ? [ended.value] : []), written)
}

/** Ends a claim whose work is done, and moves the card to `status`. */
export async function completeClaim(ctx: Ctx, id: string, input: CompleteClaim) {
  return endClaim(ctx, id, input.comment, q.completeClaim({ id, token: input.token, status: input.status }))
}

/** Ends a claim whose work is not done, and gives the card back where that is possible (end_claim). */
export async function releaseClaim(ctx: Ctx, id: string, input: ReleaseClaim) {
  return endClaim(ctx, id, input.comment, q.releaseClaim({ id, token: input.token }))
}
