import { asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { labels } from '../../db/schema.ts'

type Orm = Database['primary']

/** How `requireBasis` finds a label and its project. */
export const labelRef = (id: string) => ({ label: id, where: eq(labels.id, id) })

/** The labels of a project, the oldest first. */
export const selectLabels = (orm: Orm, project_id: string) =>
  orm.select().from(labels).where(eq(labels.project_id, project_id)).orderBy(asc(labels.id))

export const insertLabel = (orm: Orm, label: typeof labels.$inferInsert) => orm.insert(labels).values(label).returning()

/** A label as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores. */
export const labelJson = (id: string) => sql`(select journal_row(to_jsonb(l)) from ${labels} l where l.id = ${id})`

export const updateLabel = (orm: Orm, id: string, changes: Partial<typeof labels.$inferInsert>) =>
  orm
    .update(labels)
    .set({ id: sql`${labels.id}`, ...changes })
    .where(eq(labels.id, id))
    .returning()

export const deleteLabel = (orm: Orm, id: string) => orm.delete(labels).where(eq(labels.id, id))
