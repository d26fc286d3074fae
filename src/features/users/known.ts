import { type SQL, sql } from 'drizzle-orm'
import { project_members, users } from '../../db/schema.ts'
import { addressOf } from '../../lib/email-address.ts'
import { actsAsAdmin } from '../../transaction/authorize.ts'

/** Anonymised accounts are never found. */
export const isNotDeleted = sql`${users.email} <> 'deleted-' || ${users.id} || '@invalid'`

/** People with whom somebody shares a project (another than `apart`), and so somebody in any project themself. */
const companions = (me: string, apart?: string) =>
  sql`(select theirs.user_id from ${project_members} mine join ${project_members} theirs on theirs.project_id = mine.project_id
    where mine.user_id = ${me} ${apart === undefined ? sql`` : sql`and mine.project_id <> ${apart}`})`

/** A row of users that somebody knows: themself, and who is in a project with them. */
export const isKnown = (me: string, apart?: string): SQL =>
  sql`(${users.id} = ${me} or ${users.id} in ${companions(me, apart)})`

/** The people whom a file may make members: active ones whom its importer knows; for an administrator, all active ones. */
export const mayBring = (me: string, apart?: string): SQL =>
  sql`(${users.is_active} and ${isNotDeleted} and (${actsAsAdmin} or ${isKnown(me, apart)}))`

const managesAny = (me: string) =>
  sql`exists (select 1 from ${project_members} m where m.user_id = ${me} and m.role = 'manager')`

/** The people whom a search finds: those whom the searcher knows, and for managers anybody by a complete e-mail address. */
export const mayFind = (me: string, q: string): SQL =>
  sql`(${users.is_active} and (${isKnown(me)} or (lower(${users.email}) = ${addressOf(q)} and ${managesAny(me)})))`
