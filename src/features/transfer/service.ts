import { sql } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { TransferTask } from './schema.ts'

/** How many rows that a task takes along (comments, checklists, …) count as one request: they cost about as much. */
const ROWS_A_REQUEST = 25

/** Moves a task to another project. The write is announced there; the hubs of the other projects are made to check. */
export async function transferTask(ctx: Ctx, id: string, input: TransferTask) {
  const transfer = q.transferTask(ctx.db.primary, ctx.config, { ...input, id })
  const answer = { status: 200, body: q.taskJson } as const
  const guard = { task: id, role: 'editor', also_locks: sql`${input.project_id}` } as const
  const written = await write(ctx, guard, [transfer], answer)
  const { task, other_projects, notifications } = oneOrNotFound(written.results[0]).transferred
  ctx.realtime.recheck(other_projects)
  const rows = task.comment_count + task.checklist_total + notifications
  ctx.limits.addCost(Math.floor(rows / ROWS_A_REQUEST))
  return toWriteResult(task, written)
}
