import { and, desc, eq, getTableColumns, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { invitations, users } from '../db/schema.ts'

type Orm = Database['orm']
/** The row without its token's hash (I9). */
const { token_hash: _, ...columns } = getTableColumns(invitations)

/** email_taken, or too_many_invitations; an older one to the same address ends. */
export const requireNewInvitation = (orm: Orm, email: string, quota: number) =>
  orm.execute(sql`select require_new_invitation(${email}, ${quota})`)

export const insertInvitation = (orm: Orm, values: typeof invitations.$inferInsert) =>
  orm.insert(invitations).values(values).returning(columns)

export const selectInvitations = (orm: Orm, { before, limit }: { before?: string; limit: number }) =>
  orm
    .select(columns)
    .from(invitations)
    .where(before ? lt(invitations.id, before) : undefined)
    .orderBy(desc(invitations.id))
    .limit(limit + 1)

/** Those to the e-mail that a person has, used or not: before it is forgotten. */
export const deleteInvitationsTo = (orm: Orm, user_id: string) =>
  orm
    .delete(invitations)
    .where(
      sql`lower(${invitations.email}) = (select lower(${users.email}) from ${users} where ${users.id} = ${user_id})`,
    )

/** Ends those that this administrator made and nobody has used. */
export const revokeInvitationsBy = (orm: Orm, created_by: string) =>
  orm
    .update(invitations)
    .set({ revoked_at: sql`clock_timestamp()` })
    .where(and(eq(invitations.created_by, created_by), isNull(invitations.used_at), isNull(invitations.revoked_at)))

/** No row when it cannot be used any more as it is. */
export const revokeInvitation = (orm: Orm, id: string) =>
  orm
    .update(invitations)
    .set({ revoked_at: sql`clock_timestamp()` })
    .where(
      and(
        eq(invitations.id, id),
        isNull(invitations.used_at),
        isNull(invitations.revoked_at),
        gt(invitations.expires_at, sql`now()`),
      ),
    )
    .returning({ id: invitations.id })
