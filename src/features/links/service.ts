import { v7 as uuid } from 'uuid'
import type { Ctx } from '../../context.ts'
import { projectOf } from '../../transaction/project-ref.ts'
import { read } from '../../transaction/read.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { CreateLink } from './schema.ts'

/** A task's links, all of them: QUOTA_TASK_LINKS bounds them. */
export async function listTaskLinks(ctx: Ctx, task: string) {
  const { readOnly } = ctx.db
  const [rows, hidden] = await read(ctx, { task }, [q.selectLinks(readOnly, task), q.selectHiddenLinks(readOnly, task)])
  return { items: rows.map(({ link }) => link), next_cursor: null, hidden }
}

/** Announces the second side of a link in its project. The write itself is announced only in that of its guard. */
function recheckOther(ctx: Ctx, [side]: { there: string | null }[]): void {
  if (side?.there) ctx.realtime.recheck([side.there])
}

/** Links a task to another, perhaps of another project: one row and one event on each side. */
export async function linkTasks(ctx: Ctx, of: string, input: CreateLink) {
  const { primary } = ctx.db
  const id = uuid()
  const statements = [
    q.linkTasks(primary, { ...input, id, of, quota: ctx.config.QUOTA_TASK_LINKS }),
    q.selectLink(primary, id),
  ] as const
  const answer = { status: 201, body: q.linkJson(id) } as const
  const guard = { task: of, role: 'contributor', also_locks: projectOf({ task: input.task_id }) } as const
  const written = await write(ctx, guard, [...statements], answer)
  recheckOther(ctx, written.results[0])
  return toWriteResult(oneOrNotFound(written.results[1]).link, written)
}

/** Removes a link from both sides. */
export async function unlinkTasks(ctx: Ctx, link: string) {
  const guard = { task_link: link, role: 'contributor', also_locks: q.projectBeyond(link) } as const
  const written = await write(ctx, guard, [q.unlinkTasks(ctx.db.primary, link)])
  recheckOther(ctx, written.results[0])
  return written
}
