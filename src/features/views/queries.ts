import { and, asc, eq, gt, or, sql } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/client.ts'
import { views } from '../../db/schema.ts'
import { guardedProject } from '../../transaction/project-ref.ts'

type Orm = Database['primary']
type Changes = Partial<typeof views.$inferInsert>

type List = { project_id: string; me: string; after?: string; limit: number }

/** My own views of a project and those that are shared, the oldest first. */
export const selectViews = (orm: Orm, { project_id, me, after, limit }: List) =>
  orm
    .select()
    .from(views)
    .where(
      and(
        eq(views.project_id, project_id),
        or(eq(views.shared, true), eq(views.created_by, me)),
        after ? gt(views.id, after) : undefined,
      ),
    )
    .orderBy(asc(views.id))
    .limit(limit + 1)

export const insertView = (orm: Orm, view: typeof views.$inferInsert) => orm.insert(views).values(view).returning()

/** A view as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores. */
export const viewJson = (id: string) => sql`(select journal_row(to_jsonb(v)) from ${views} v where v.id = ${id})`

/**
 * Fails with not_found when the actor cannot see the view, and forbidden when they see it, but may not change it so.
 */
export const requireView = (orm: Orm, id: string, shared?: boolean) =>
  orm.execute(sql`select require_view(${id}::uuid, ${shared ?? null}::boolean)`)

/** `requireView` for the deletion of a view, which its maker may do in every role, as it ends the sharing. */
export const requireViewToDelete = (orm: Orm, id: string, me: string) => {
  const own = sql`(select false from ${views} v where v.id = ${id} and v.created_by = ${me})`
  return orm.execute(sql`select require_view(${id}::uuid, ${own})`)
}

/** Runs after the write of a view. Fails with too_many_views when that was one too many. */
export const checkViews = ({ db, config, actor }: Ctx) =>
  db.primary.execute(
    sql`select check_views(${guardedProject}, ${actor.user_id}::uuid, ${config.QUOTA_VIEWS}, ${config.QUOTA_PROJECT_VIEWS})`,
  )

export const updateView = (orm: Orm, id: string, changes: Changes) =>
  orm
    .update(views)
    .set({ ...changes, updated_at: sql`clock_timestamp()` })
    .where(eq(views.id, id))
    .returning()

export const deleteView = (orm: Orm, id: string) => orm.delete(views).where(eq(views.id, id))

/** Deletes a person's private views; those that they share stay. */
export const deleteOwnViews = (orm: Orm, person: string) =>
  orm.delete(views).where(and(eq(views.created_by, person), eq(views.shared, false)))
