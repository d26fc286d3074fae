import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import { write } from '../../transaction/write.ts'
import * as q from './queries.ts'

export async function listWatchers(ctx: Ctx, task: string) {
  const [items] = await read(ctx, { task }, [q.selectWatchers(ctx.db.readOnly, task)])
  return { items, next_cursor: null }
}

/** The guard of watching, which is possible in an archived project too, as that may be opened again. */
const viewerGuardOf = (task: string) => ({ task, role: 'viewer', allow_archived: true }) as const

/** Notifies me of comments on a task from now on. */
export const watchTask = (ctx: Ctx, task: string) =>
  write(ctx, viewerGuardOf(task), [q.watchTask(ctx.db.primary, task)])

/** Ends these notifications, until I comment on the task, or am assigned to it or an item of its checklists again. */
export const unwatchTask = (ctx: Ctx, task: string) =>
  write(ctx, viewerGuardOf(task), [q.unwatchTask(ctx.db.primary, task, ctx.actor.user_id)])
