import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { pending_acts } from '../../db/schema.ts'

type Orm = Database['primary']

/** One row if a project has a pending act. */
export const selectLeft = (orm: Orm, project_id: string) =>
  orm.select({ kind: pending_acts.kind }).from(pending_acts).where(eq(pending_acts.project_id, project_id)).limit(1)

/** Runs one step in a project, of about `most` tasks. Returns whether there is another. */
export const advanceActs = (orm: Orm, project_id: string, most: number) =>
  orm.select({ more: sql<boolean>`advance_acts(${project_id}::uuid, ${most})` }).from(sql`(select 1) as one`)

/** The project whose act has waited longest, and has not failed in this run; null when there is none. */
export const nextAct = (orm: Orm, failed: string[]) =>
  orm.select({ project_id: sql<string | null>`next_act(${`{${failed.join()}}`}::uuid[])` }).from(sql`(select 1) as one`)
