import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { refusalOf } from '../../db/errors.ts'
import { type AppError, Replayed } from '../../lib/errors.ts'
import { countIdempotentWrite } from '../../transaction/transact.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import type { BulkResult } from './answers.ts'
import * as q from './queries.ts'
import type { Applied, BulkTasks } from './schema.ts'

/** This number of operations costs as much as one request. */
const OPERATIONS_A_REQUEST = 4

/** Makes the problem document that a request for the refused operation alone would have returned. */
type ToProblem = (error: AppError, instance: string) => NonNullable<BulkResult['results'][number]['problem']>

const toResult = ({ results }: Applied, toProblem: ToProblem): BulkResult => ({
  results: results.map((result) => {
    if (!('refused' in result)) return result
    const problem = toProblem(refusalOf(result.refused), result.instance)
    return { op: result.op, status: problem.status, problem }
  }),
})

/** Does operations in their order, in one transaction: all or none, or with `partial` each by itself. */
export async function bulkTasks(ctx: Ctx, { project_id, partial = false, ...input }: BulkTasks, toProblem: ToProblem) {
  if (ctx.idempotency) countIdempotentWrite(ctx) // if it is refused, it costs no more
  ctx.limits.addCost(Math.ceil(input.operations.length / OPERATIONS_A_REQUEST) - 1)
  const operations = input.operations.map((operation) =>
    operation.op === 'create' ? { id: uuid(), ...operation } : operation,
  )
  const apply = q.applyOperations(ctx.db.primary, { operations, partial, quota: ctx.config.QUOTA_TASKS })
  const answer = { status: 200, body: q.answerJson } as const
  try {
    const { results, head } = await write(ctx, { project: project_id, role: 'contributor' }, [apply], answer)
    return { body: toResult(oneOrNotFound(results[0]).answer, toProblem), head }
  } catch (error) {
    if (!(error instanceof Replayed)) throw error
    throw new Replayed(error.status, { head: error.head, body: toResult(error.body as Applied, toProblem) })
  }
}
