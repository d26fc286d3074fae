import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { projects, users } from '../../db/schema.ts'

type Orm = Database['primary']

/** The importer, with the zone that holds: the one asked for by its canonical name, else that of the account. */
export const selectImporter = (orm: Orm, me: string, tz: string | undefined) =>
  orm.execute<{ email: string; name: string; zone: string }>(
    sql`select email, name, coalesce(zone_of(${tz ?? null}), timezone) as zone from ${users} where id = ${me}`,
  )

/** The answer, made inside the transaction. */
export const answerJson = (project: string, report: object) => sql`(
  select jsonb_build_object('project_id', p.id) || ${JSON.stringify(report)}::jsonb from ${projects} p where p.id = ${project})`
