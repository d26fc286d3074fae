import { type SQL, sql } from 'drizzle-orm'
import { project_members, users } from '../../db/schema.ts'
import { addressOf } from '../../lib/email-address.ts'
import { actsAsAdmin } from '../../transaction/authorize.ts'

/** Whether an account was not deleted, which anonymises it. Searches and imports find no others. */
export const isNotDeleted = sql`${users.email} <> 'deleted-' || ${users.id} || '@invalid'`

/** SQL for the people with whom somebody shares a project, themself included. `except_project` does not count. */
const projectMates = (me: string, except_project?: string) =>
  sql`(select theirs.user_id from ${project_members} mine join ${project_members} theirs on theirs.project_id = mine.project_id
    where mine.user_id = ${me} ${except_project === undefined ? sql`` : sql`and mine.project_id <> ${except_project}`})`

/** Whether a row of `users` is the person `me`, or somebody who shares a project with them. */
const isKnown = (me: string, except_project?: string): SQL =>
  sql`(${users.id} = ${me} or ${users.id} in ${projectMates(me, except_project)})`

/**
 * Whether an import may make a row of `users` a member: active people whom the importer knows; for an administrator,
 * all active people.
 */
export const isImportableBy = (me: string, except_project?: string): SQL =>
  sql`(${users.is_active} and ${isNotDeleted} and (${actsAsAdmin} or ${isKnown(me, except_project)}))`

const managesAny = (me: string) =>
  sql`exists (select 1 from ${project_members} m where m.user_id = ${me} and m.role = 'manager')`

/**
 * Whether a search finds a row of `users`: people whom the searcher knows, and for managers anybody by a complete
 * e-mail address.
 */
export const isFindableBy = (me: string, q: string): SQL =>
  sql`(${users.is_active} and (${isKnown(me)} or (lower(${users.email}) = ${addressOf(q)} and ${managesAny(me)})))`
