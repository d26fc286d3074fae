import { and, asc, eq, getTableColumns, gt, isNull, ne, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { invitations, recovery_links, sessions, users } from '../../db/schema.ts'
import { addressOf } from '../../lib/email-address.ts'
import { actsAsAdmin } from '../../transaction/authorize.ts'
import { isFindableBy, isNotDeleted } from './known.ts'

/** The row without its secret: `password_hash` is never selected into an answer (I9). */
const { password_hash: _, ...columns } = getTableColumns(users)
export const userColumns = columns

type Orm = Database['primary']

export const whereUser = (id: string) => eq(users.id, id)

export const selectUser = (orm: Orm, id: string) => orm.select(userColumns).from(users).where(whereUser(id))

/** A `like` pattern for texts that begin with this one. Wildcards in it are escaped. */
const prefixOf = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`

/** Matches the beginnings of words of the name (found by the index, then compared) or of the e-mail address. */
const matchesQuery = (q: string) =>
  or(
    sql`lower(${users.email}) like ${prefixOf(addressOf(q))}`,
    sql`(name_words(${users.name}) @@ name_query(${q}) and name_holds(${users.name}, ${q}))`,
  )

type Search = { q?: string; after?: string; limit: number }

const isFound = ({ q, after }: Search) =>
  and(q ? and(matchesQuery(q), isNotDeleted) : undefined, after ? gt(users.id, after) : undefined)

/** Accounts, for an administrator. No row for anybody else. */
export const selectUsers = (orm: Orm, search: Search) =>
  orm
    .select(userColumns)
    .from(users)
    .where(and(actsAsAdmin, isFound(search)))
    .orderBy(asc(users.id))
    .limit(search.limit + 1)

/** A page of people whom `me` may find, with the fields that anybody may see. No row for an administrator. */
export const selectPeople = (orm: Orm, me: string, search: Search & { q: string }) =>
  orm
    .select({ id: users.id, name: users.name, avatar_url: users.avatar_url })
    .from(users)
    .where(and(sql`not ${actsAsAdmin}`, isFindableBy(me, search.q), isFound(search)))
    .orderBy(asc(users.id))
    .limit(search.limit + 1)

export const insertUser = (orm: Orm, values: typeof users.$inferInsert) =>
  orm.insert(users).values(values).returning(userColumns)

/** SQL for the account as JSON, made inside the transaction: a keyed write keeps it as its answer. */
export const userJson = (id: string) =>
  sql`(select journal_row(to_jsonb(u) - 'password_hash') from ${users} u where u.id = ${id})`

/** The role of an account before the change that follows: the account must be locked. */
export const selectRole = (orm: Orm, id: string) => orm.select({ role: users.role }).from(users).where(whereUser(id))

export const updateUser = (orm: Orm, id: string, changes: Partial<typeof users.$inferInsert>) =>
  orm
    .update(users)
    .set({ id: sql`${users.id}`, ...changes }) // so that an empty change is valid SQL
    .where(whereUser(id))
    .returning(userColumns)

/** Ends a person's sessions: all of them, or all but one. */
export const revokeSessions = (
  orm: Orm,
  { user_id, except, reason }: { user_id: string; except?: string; reason: string },
) =>
  orm
    .update(sessions)
    .set({ revoked_at: sql`clock_timestamp()`, revoke_reason: reason })
    .where(
      and(eq(sessions.user_id, user_id), isNull(sessions.revoked_at), except ? ne(sessions.id, except) : undefined),
    )

/**
 * Ends the memberships of an account that is locked and about to be deleted. One row each; `ended` is false when the
 * membership ends later, in steps.
 */
export const endMemberships = (orm: Orm, user_id: string) =>
  orm
    .select({ project_id: sql<string>`project_id`, ended: sql<boolean>`ended` })
    .from(sql`end_memberships(${user_id}::uuid)`)

/** Deletes a person's sessions and, with them, their socket tickets. */
export const deleteSessions = (orm: Orm, user_id: string) => orm.delete(sessions).where(eq(sessions.user_id, user_id))

/** Deletes this person's unused recovery link. */
export const endRecoveryLinksFor = (orm: Orm, user_id: string) =>
  orm.delete(recovery_links).where(and(eq(recovery_links.user_id, user_id), isNull(recovery_links.used_at)))

/** Deletes the unused recovery links that this administrator made for others. */
export const endRecoveryLinksBy = (orm: Orm, created_by: string) =>
  orm.delete(recovery_links).where(and(eq(recovery_links.created_by, created_by), isNull(recovery_links.used_at)))

export const deleteRecoveryLinks = (orm: Orm, user_id: string) =>
  orm.delete(recovery_links).where(eq(recovery_links.user_id, user_id))

/** Deletes all invitations to a person's e-mail address. To be called before the address is anonymised. */
export const deleteInvitationsTo = (orm: Orm, user_id: string) =>
  orm
    .delete(invitations)
    .where(
      sql`lower(${invitations.email}) = (select lower(${users.email}) from ${users} where ${users.id} = ${user_id})`,
    )

/** Revokes the unused invitations that this administrator made. */
export const revokeInvitationsBy = (orm: Orm, created_by: string) =>
  orm
    .update(invitations)
    .set({ revoked_at: sql`clock_timestamp()` })
    .where(and(eq(invitations.created_by, created_by), isNull(invitations.used_at), isNull(invitations.revoked_at)))

export const setPassword = (orm: Orm, user_id: string, password_hash: string) =>
  orm.update(users).set({ password_hash }).where(eq(users.id, user_id)).returning(userColumns)
