import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { inboxes, projects } from '../../db/schema.ts'

type Orm = Database['primary']

/** Spends a ticket (ticket_invalid) and makes its holder the actor of this transaction. */
export const spendTicket = (orm: Orm, ticket_hash: string) =>
  orm
    .select({
      user_id: sql<string>`user_id`,
      session_id: sql<string>`session_id`,
      access_expires_at: sql<string>`access_expires_at`,
      by_key: sql<boolean>`by_key`,
    })
    .from(sql`spend_ticket(${ticket_hash})`)

/** The check of every read of a project, for the actor of this transaction. */
export const requireReader = (orm: Orm, project_id: string) =>
  orm.execute(sql`select require_reader(${project_id}::uuid)`)

/** Fails with not_found unless the actor of this transaction is this user: nobody else may open an inbox. */
export const requireSelf = (orm: Orm, user_id: string) => orm.execute(sql`select require_self(${user_id}::uuid)`)

export const selectInboxHead = (orm: Orm, user_id: string) =>
  orm.select({ head: inboxes.seq, epoch: inboxes.epoch }).from(inboxes).where(eq(inboxes.user_id, user_id))

export const selectHead = (orm: Orm, project_id: string) =>
  orm
    .select({ head: projects.event_seq, epoch: projects.stream_epoch })
    .from(projects)
    .where(eq(projects.id, project_id))
