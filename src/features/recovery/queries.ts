import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { recovery_links } from '../../db/schema.ts'

type Orm = Database['primary']

/** Raises not_found or account_disabled. Deletes this person's older links. */
export const requireRecoverable = (orm: Orm, user_id: string) =>
  orm.execute(sql`select require_recoverable(${user_id}::uuid)`)

export const insertRecoveryLink = (orm: Orm, values: typeof recovery_links.$inferInsert) =>
  orm.insert(recovery_links).values(values).returning({ expires_at: recovery_links.expires_at })

/** The account whose password a link may set; no row when the link may not be used. */
export const selectOwner = (orm: Orm, token_hash: string) =>
  orm
    .select({ user_id: sql<string>`u.id`, name: sql<string>`u.name`, email: sql<string>`u.email` })
    .from(sql`usable_recovery_link(${token_hash}) l join users u on u.id = l.user_id`)

/** Uses a link up; raises recovery_invalid when it may not be used. */
export const redeemRecoveryLink = (
  orm: Orm,
  token_hash: string,
  from: { ip: string | null; user_agent: string | null },
) => orm.execute(sql`select use_recovery_link(${token_hash}, ${from.ip}, ${from.user_agent})`)
/** The recovery link that this person has used last. */
export const selectRecovery = (orm: Orm, user_id: string) =>
  orm
    .select({
      created_by: recovery_links.created_by,
      created_at: recovery_links.created_at,
      used_at: sql<string>`${recovery_links.used_at}`.mapWith(recovery_links.used_at),
      user_agent: recovery_links.user_agent,
      ip: recovery_links.ip,
    })
    .from(recovery_links)
    .where(and(eq(recovery_links.user_id, user_id), isNotNull(recovery_links.used_at)))
    .orderBy(desc(recovery_links.id))
    .limit(1)
