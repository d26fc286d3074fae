import * as z from 'zod'
import { ClaimTask, CompleteClaim, ReleaseClaim, RenewClaim } from '../../claims/schema.ts'
import { claimTask, completeClaim, releaseClaim, renewClaim } from '../../claims/service.ts'
import type { Task } from '../../tasks/queries.ts'
import { runOrReplay, toOutcome } from '../idempotency.ts'
import { projectRef, taskRef } from '../refs.ts'
import { TaskAnswer, taskOf, writtenTaskOf } from '../shapes.ts'
import { defineTool, parseInput } from '../tool.ts'

const status = z.string().max(40)
const lease_seconds = z.int().min(1).max(86_400)
const token = z.uuid().meta({ description: 'The token that claim_task gave' })
const comment = z.string().max(20_000).optional().meta({ description: 'Text of a comment on the task' })
const expires_at = z
  .string()
  .meta({ description: 'Until then the card is yours: renew_claim before, if you need longer' })

const claim = defineTool({
  name: 'claim_task',
  title: 'Take the next card of a column',
  description:
    'Claims the first free card of a column: not assigned, not blocked, not archived. Until the lease ends it is assigned to you, and nobody else gets it. End the claim with complete_claim or release_claim; moving the card to another column ends it too. If no card is free, claimed is false.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({
    project: projectRef,
    from: status.meta({ description: 'Key of the column to take from' }),
    to: status.optional().meta({ description: 'Key of the column to move to; by default, it stays' }),
    label_id: z.string().optional().meta({ description: 'Only cards with this label' }),
    lease_seconds: lease_seconds.default(600),
  }),
  output: z.object({
    claimed: z.boolean(),
    token: z.string().optional(),
    expires_at: expires_at.optional(),
    task: TaskAnswer.optional(),
  }),
  run: async (ctx, { project, ...input }) => {
    const row = await runOrReplay(
      async () => (await claimTask(ctx, project, parseInput(ClaimTask, input)))?.row ?? null,
    )
    if (!row) return { claimed: false }
    const { token, expires_at } = row.claim
    return { claimed: true, token, expires_at, task: taskOf(row) }
  },
})

const renew = defineTool({
  name: 'renew_claim',
  title: 'Keep a claimed card for longer',
  description: 'Renews the claim of a card: the lease starts again now, for its former length or for lease_seconds.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({ task: taskRef, token, lease_seconds: lease_seconds.optional() }),
  output: z.object({ expires_at }),
  run: async (ctx, { task, ...input }) => {
    const { expires_at } = await runOrReplay(() => renewClaim(ctx, task, parseInput(RenewClaim, input)))
    return { expires_at }
  },
})

const complete = defineTool({
  name: 'complete_claim',
  title: 'Complete the work on a claimed card',
  description: 'Moves a card that you have claimed to the bottom of a column, with your comment, and ends the claim.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({
    task: taskRef,
    token,
    status: status.meta({ description: 'Key of a column, such as done' }),
    comment,
  }),
  output: TaskAnswer,
  run: async (ctx, { task, ...input }) =>
    writtenTaskOf(await toOutcome<Task>(completeClaim(ctx, task, parseInput(CompleteClaim, input)))),
})

const release = defineTool({
  name: 'release_claim',
  title: 'Give a claimed card back',
  description:
    'Returns a card that you have claimed to its place in the column that it came from (if that exists and has room), for the next worker, with your comment.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({ task: taskRef, token, comment }),
  output: TaskAnswer,
  run: async (ctx, { task, ...input }) =>
    writtenTaskOf(await toOutcome<Task>(releaseClaim(ctx, task, parseInput(ReleaseClaim, input)))),
})

export const CLAIM_TOOLS = [claim, renew, complete, release]
