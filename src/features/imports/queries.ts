import { sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { projects, users } from '../../db/schema.ts'

type Orm = Database['primary']

/** The importer, with the zone that holds: the one asked for by its canonical name, else that of the account. */
export const selectImporter = (orm: Orm, me: string, tz: string | undefined) =>
  orm.execute<{ email: string; name: string; zone: string }>(
    sql`select email, name, coalesce(zone_of(${tz ?? null}), timezone) as zone from ${users} where id = ${me}`,
  )

/** A key that no project has: this one, or with a number. */
export const selectFreeKey = (orm: Orm, base: string) =>
  orm.execute<{ key: string }>(sql`select free_project_key(${base}) as key`)

/** The answer, made inside the transaction. */
export const answerJson = (project: string, report: object) => sql`(
  select jsonb_build_object('project_id', p.id) || ${JSON.stringify(report)}::jsonb from ${projects} p where p.id = ${project})`
