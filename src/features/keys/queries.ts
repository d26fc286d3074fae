import { and, desc, eq, getTableColumns, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { api_keys } from '../../db/schema.ts'

type Orm = Database['primary']

/** The row without the hash of its secret (I9), and without its owner, who alone reads it. */
const { hash: _hash, user_id: _owner, ...columns } = getTableColumns(api_keys)

export const insertKey = (orm: Orm, values: typeof api_keys.$inferInsert) =>
  orm.insert(api_keys).values(values).returning(columns)

/** Fails with too_many_keys, or validation_failed for a project that is not the user's. The account must be locked. */
export const requireNewKey = (orm: Orm, user_id: string, project_ids: string[] | null, quota: number) =>
  orm.execute(sql`select require_new_key(${user_id}, ${sql.param(project_ids)}::uuid[], ${quota})`)

export const selectKeys = (orm: Orm, { user_id, before, limit }: { user_id: string; before?: string; limit: number }) =>
  orm
    .select(columns)
    .from(api_keys)
    .where(and(eq(api_keys.user_id, user_id), before ? lt(api_keys.id, before) : undefined))
    .orderBy(desc(api_keys.id))
    .limit(limit + 1)

/** The scopes of the API key `id`. No row when `id` is a session's. */
export const selectScopes = (orm: Orm, id: string) =>
  orm.select({ scopes: api_keys.scopes }).from(api_keys).where(eq(api_keys.id, id))

const isActive = (user_id: string) => and(eq(api_keys.user_id, user_id), isNull(api_keys.revoked_at))
const revoked = { revoked_at: sql`clock_timestamp()` }

/** Revokes a key of this user. No row when it is another's, or already revoked. */
export const revokeKey = (orm: Orm, user_id: string, id: string) =>
  orm
    .update(api_keys)
    .set(revoked)
    .where(and(isActive(user_id), eq(api_keys.id, id)))
    .returning({ id: api_keys.id })

export const revokeKeys = (orm: Orm, user_id: string) => orm.update(api_keys).set(revoked).where(isActive(user_id))

export const deleteKeys = (orm: Orm, user_id: string) => orm.delete(api_keys).where(eq(api_keys.user_id, user_id))

/**
 * When the sockets of a key end: when it expires, or a year from now if that is earlier, as alarms have a latest time.
 */
export const selectKeyEnd = (orm: Orm, id: string) =>
  orm
    .select({ end: sql<string>`least(${api_keys.expires_at}, now() + interval '1 year')`.as('end') })
    .from(api_keys)
    .where(eq(api_keys.id, id))
