import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { invalid, Replayed } from '../../lib/errors.ts'
import type { Statements } from '../../transaction/transact.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import { insertComment } from '../comments/queries.ts'
import type { Task } from '../tasks/queries.ts'
import * as q from './queries.ts'
import type { ClaimTask, CompleteClaim, ReleaseClaim, RenewClaim } from './schema.ts'

type EndOfClaim = ReturnType<typeof q.completeClaim>

/** What a search for a label that no card has costs, in requests: it looks at all that are free. */
const COST_OF_NONE = 10

const claimGuard = (task: string) => ({ task, role: 'contributor' }) as const
const answering = (status: 200 | 201) => ({ status, body: q.answerJson }) as const

function requireLease({ config }: Ctx, seconds: number | undefined): void {
  const least = config.LEASE_MIN_SECONDS
  if (seconds !== undefined && seconds < least) throw invalid('lease_seconds', `must be at least ${least}`)
}

/** What the worker has to say, as a comment in the same transaction. */
function commentOn({ db, config, actor }: Ctx, task_id: string, body: string) {
  const { QUOTA_COMMENTS: quota, QUOTA_TASK_COMMENTS: task_quota } = config
  return insertComment(db.primary, { id: uuid(), user_id: actor.user_id, task_id, body, quota, task_quota })
}

/** Takes the first card of a column that nobody has; null when there is none. */
export async function claimTask(ctx: Ctx, project: string, input: ClaimTask) {
  requireLease(ctx, input.lease_seconds)
  const guard = { project, role: 'contributor' } as const
  try {
    const written = await write(ctx, guard, [q.claimTask(input)], answering(201))
    const { value: taken } = oneOrNotFound(written.results[0])
    if (!taken && input.label_id) ctx.limits.owe(COST_OF_NONE - 1)
    if (!taken) return null
    const { task, ends_first } = taken
    if (ends_first) ctx.realtime.wakeForClaims(project, task.claim.expires_at) // else the clock wakes before, and sees to both
    return toWriteResult(task, written)
  } catch (error) {
    if (error instanceof Replayed && !('id' in error.body)) return null // as the first time
    throw error
  }
}

/** Keeps a card for longer. */
export async function renewClaim(ctx: Ctx, id: string, input: RenewClaim) {
  requireLease(ctx, input.lease_seconds)
  const { results } = await write(ctx, claimGuard(id), [q.renewClaim({ ...input, id })], answering(200))
  const { claim, project_id } = oneOrNotFound(results[0]).value
  ctx.realtime.wakeForClaims(project_id, claim.expires_at) // it may be over earlier than before
  return claim
}

/** The comment comes first, so that the card is answered as it is after both. */
async function endClaim(ctx: Ctx, id: string, comment: string | undefined, end: EndOfClaim) {
  const say = comment === undefined ? undefined : commentOn(ctx, id, comment)
  const statements: Statements = say ? [say, end] : [end]
  const written = await write(ctx, claimGuard(id), statements, answering(200))
  const [ended] = written.results.at(-1) as { value: Task }[]
  return toWriteResult(oneOrNotFound(ended ? [ended.value] : []), written)
}

/** Says that the work is done: the card goes on, and the claim ends. */
export async function completeClaim(ctx: Ctx, id: string, input: CompleteClaim) {
  return endClaim(ctx, id, input.comment, q.completeClaim({ id, token: input.token, status: input.status }))
}

/** Gives a card back. */
export async function releaseClaim(ctx: Ctx, id: string, input: ReleaseClaim) {
  return endClaim(ctx, id, input.comment, q.releaseClaim({ id, token: input.token }))
}
