import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import type { views } from '../../db/schema.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { read } from '../../transaction/read.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { CreateView, ListViews, UpdateView } from './schema.ts'

type View = typeof views.$inferSelect

export async function listViews(ctx: Ctx, project_id: string, { cursor, limit }: ListViews) {
  const after = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const query = q.selectViews(ctx.db.readOnly, { project_id, me: ctx.actor.user_id, after, limit })
  const [rows] = await read(ctx, { project: project_id }, [query])
  return toPage(rows, limit, ({ id }) => [id])
}

/** Saves a filter. A shared one needs a contributor. Also in an archived project, as it does not change the board. */
export async function createView(ctx: Ctx, project_id: string, input: CreateView): Promise<View> {
  const id = uuid()
  const insert = q.insertView(ctx.db.primary, { id, project_id, created_by: ctx.actor.user_id, ...input })
  const guard = { project: project_id, role: input.shared ? 'contributor' : 'viewer', allow_archived: true } as const
  const answer = { status: 201, body: q.viewJson(id) } as const
  const { results, stored } = await write(ctx, guard, [insert, q.checkViews(ctx)], answer)
  return stored ? (stored as View) : oneOrNotFound(results[0])
}

/** The guard of a write to a view. `requireView` checks the rights, under the project's lock. */
const guardOfView = (view: string, check: ReturnType<typeof q.requireView>) => ({
  view,
  role: 'viewer' as const,
  allow_archived: true,
  checks: [check],
})

export async function updateView(ctx: Ctx, id: string, changes: UpdateView): Promise<View> {
  const guard = guardOfView(id, q.requireView(ctx.db.primary, id, changes.shared))
  const update = q.updateView(ctx.db.primary, id, changes)
  const room = changes.shared ? [q.checkViews(ctx)] : []
  const { results } = await write(ctx, guard, [update, ...room])
  return oneOrNotFound(results[0])
}

export async function deleteView(ctx: Ctx, id: string): Promise<void> {
  const guard = guardOfView(id, q.requireViewToDelete(ctx.db.primary, id, ctx.actor.user_id))
  await write(ctx, guard, [q.deleteView(ctx.db.primary, id)])
}
