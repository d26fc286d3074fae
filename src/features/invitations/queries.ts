import { and, desc, eq, getTableColumns, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { invitations } from '../../db/schema.ts'

type Orm = Database['primary']
/** The row without its token's hash (I9). */
const { token_hash: _, ...columns } = getTableColumns(invitations)

/**
 * Runs before `insertInvitation`, in its transaction. Fails with email_taken or too_many_invitations. Revokes an open
 * invitation to the same address, and deletes ended ones beyond the newest `quota`.
 */
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
/** Returns no row when the invitation was used, was revoked or has expired. */
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
