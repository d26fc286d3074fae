import { eq, lte, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { activity_logs, imports, projects, users } from '../../db/schema.ts'
import { addressOf } from '../../lib/email-address.ts'
import { PAGE_BYTES } from '../../lib/page.ts'
import { journalPage } from '../../live/journal-page.ts'
import { projectColumns } from '../projects/queries.ts'
import { isImportableBy } from '../users/known.ts'

type Orm = Database['primary']

/**
 * The most lines and bytes of a page, which is one request to Neon. With pages of 1 MiB the first 200,000 rows of an
 * export took 1.7 times the memory, and 4 % less time.
 */
const PAGE = { rows: 2_000, bytes: PAGE_BYTES / 2 }

export const selectExported = (orm: Orm, id: string) =>
  orm
    .select({ project: projectColumns, epoch: projects.stream_epoch, seq: projects.event_seq })
    .from(projects)
    .where(eq(projects.id, id))

/**
 * Everybody whom the journal names: those who acted, were members (and so perhaps assignees), or are named in a row,
 * as the authors of imported comments and the creators of transferred tasks are.
 */
export const selectPeople = (orm: Orm, id: string) =>
  orm.execute<{ id: string; email: string; name: string }>(sql`
    select id, email, name from users where id = any(array(
      select user_id from activity_logs where project_id = ${id}
      union select (data ->> 'user_id')::uuid from activity_logs where project_id = ${id} and action in ('member.added', 'comment.created')
      union select user_id from project_members where project_id = ${id}
      union select created_by from projects where id = ${id}
      union select created_by from tasks where project_id = ${id}
      union select (data ->> 'created_by')::uuid from activity_logs where project_id = ${id} and action = 'task.created'
        and not exists (select from tasks t where t.id = entity_id and t.project_id = ${id})
      union select unnest(assignee_ids) from tasks where project_id = ${id}))
    order by id`)

/** A page of the journal after `since`: its lines as one text, and the seq of the last; both null if there is none. */
export const selectLines = (orm: Orm, project_id: string, since: number, head?: number) =>
  orm.execute<{ last: string | null; lines: string | null }>(sql`
    select max(seq) as last, string_agg((journal_row(to_jsonb(page) - '{size,preceding,n}'::text[]))::text, E'\n' order by seq) as lines
    from ${journalPage({ project_id, after: since, forward: true, where: head === undefined ? undefined : lte(activity_logs.seq, head), ...PAGE })}
    where preceding <= ${PAGE.bytes}`)

export const endImportsOf = (orm: Orm, user_id: string) => orm.delete(imports).where(eq(imports.user_id, user_id))
export const insertImport = (orm: Orm, values: typeof imports.$inferInsert) => orm.insert(imports).values(values)
export const deleteImport = (orm: Orm, id: string) => orm.delete(imports).where(eq(imports.id, id))

/** Accounts with these e-mail addresses, only of people whom the importer may make members. */
export const selectAccounts = (orm: Orm, importer: string, emails: string[]) =>
  orm.execute<{ id: string; email: string }>(sql`select id, email from ${users}
    where lower(email) = any(${sql.param(emails.map(addressOf))}::text[]) and ${isImportableBy(importer)}`)

/**
 * Throws import_outdated when somebody has left the importer's projects, or been disabled or deleted, since they were
 * found. That they now share the imported project does not count.
 */
export const requireStillKnown = (orm: Orm, importer: string, people: string[], project: string) =>
  orm.execute(sql`select fail('FT409', 'import_outdated') from ${users}
    where ${users.id} = any(${sql.param(people)}::uuid[]) and not ${isImportableBy(importer, project)}`)

/** The key of a project, if a project has it. */
export const selectTakenKey = (orm: Orm, key: string) =>
  orm.select({ key: projects.key }).from(projects).where(eq(projects.key, key))

/** A key that no project has: `base`, or `base` with a number. */
export const selectFreeKey = (orm: Orm, base: string) =>
  orm.execute<{ key: string }>(sql`select free_project_key(${base}) as key`)

/** `lines` is a JSON array of journal rows. */
export const stageLines = (orm: Orm, job: string, lines: string) =>
  orm.execute(sql`insert into import_lines (import_id, seq, entry)
    select ${job}::uuid, (entry ->> 'seq')::bigint, entry from jsonb_array_elements(${lines}::jsonb) as entry`)

/**
 * The limit that ordinary writes have is too short for tens of thousands of rows; nobody waits for the locks of an
 * import.
 */
export const setStatementTimeout = (orm: Orm, ms: number) =>
  orm.execute(sql`select set_config('statement_timeout', ${String(ms)}, true), set_config('jit', 'off', true)`)

export const importProject = (orm: Orm, job: string, project: string, lines: number, counter: number) =>
  orm.execute(sql`select import_project(${job}::uuid, ${project}::uuid, ${lines}::bigint, ${counter}::int)`)

/** The answer (`Imported`) as a subquery for the import's transaction. `facts`: what the database does not know. */
export const importedJsonOf = (project: string, facts: object) => sql`(
  select jsonb_build_object('project', journal_row(to_jsonb(p)), 'epoch', p.stream_epoch, 'seq', p.event_seq) || ${JSON.stringify(facts)}::jsonb
  from ${projects} p where p.id = ${project})`
