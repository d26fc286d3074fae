import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { projects, users } from '../../db/schema.ts'

type Orm = Database['primary']

/** The importer and their time zone: the canonical name of `tz`, else the account's zone. */
export const selectImporter = (orm: Orm, me: string, tz: string | undefined) =>
  orm.execute<{ email: string; name: string; zone: string }>(
    sql`select email, name, coalesce(zone_of(${tz ?? null}), timezone) as zone from ${users} where id = ${me}`,
  )

/** The answer as a subquery for the import's transaction: the report, with the project's id. */
export const answerJsonOf = (project: string, report: object) => sql`(
  select jsonb_build_object('project_id', p.id) || ${JSON.stringify(report)}::jsonb from ${projects} p where p.id = ${project})`
