import { and, desc, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { prepareStatement } from '../../db/prepared-statement.ts'
import { sessions, users, ws_tickets } from '../../db/schema.ts'
import { userColumns } from '../users/queries.ts'
import type { KnownAddresses } from './devices.ts'

type Orm = Database['primary']

/** How many of an account's newest sessions are searched. Only programs have more. */
const MAX_SESSIONS = 200

/** SQL for the addresses from which an account's newest sessions were opened, and whether by this user agent. */
const knownAddresses = (user_agent: string | null) =>
  sql`(select coalesce(jsonb_object_agg(ip, same), '{}') from (
    select ip, bool_or(user_agent is not distinct from ${user_agent}::text) as same from (
      select ip, user_agent from sessions where user_id = ${users}.id order by id desc limit ${MAX_SESSIONS}) as newest
    where ip is not null group by ip) as held)`.mapWith(fromJson<KnownAddresses>)

/** The account with its password hash, only for comparing a password, and the addresses from which it was signed in. */
export const selectCredentials = (orm: Orm, email: string, user_agent: string | null) =>
  orm
    .select({ user: userColumns, password_hash: users.password_hash, known_addresses: knownAddresses(user_agent) })
    .from(users)
    .where(sql`lower(${users.email}) = lower(${email})`)

export const selectHash = (orm: Orm, user_id: string) =>
  orm
    .select({ password_hash: users.password_hash, name: users.name, email: users.email })
    .from(users)
    .where(eq(users.id, user_id))

type Admission = { mode: Ctx['config']['REGISTRATION']; token_hash: string | null }

/** Inserts the account of somebody who registers, with the role that `admit` allows; it raises a refusal if none. */
export const insertRegistered = (orm: Orm, values: typeof users.$inferInsert, { mode, token_hash }: Admission) =>
  orm
    .insert(users)
    .values({ ...values, role: sql`admit(${mode}, ${values.email}, ${token_hash})` })
    .returning(userColumns)

/**
 * Both times are the same instant: as column defaults each would read the clock, and `last_used_at` could be a
 * millisecond earlier.
 */
export const insertSession = (orm: Orm, values: typeof sessions.$inferInsert) =>
  orm
    .insert(sessions)
    .values({ ...values, created_at: sql`statement_timestamp()`, last_used_at: sql`statement_timestamp()` })

/** Ends the oldest sessions of an account beyond its quota, and returns their ids. */
export const endSurplus = (orm: Orm, user_id: string, quota: number) =>
  orm.select({ id: sql<string>`id` }).from(sql`end_surplus_sessions(${user_id}::uuid, ${quota}) as id`)

/** Raises credentials_invalid unless the hash that was compared is still the account's, and the account active. */
export const requirePassword = (orm: Orm, user_id: string, verified_hash: string | null) =>
  orm.execute(sql`select require_password(${user_id}::uuid, ${verified_hash})`)

type Rotation = {
  session_id: string
  presented: string
  successor: string
  grace_seconds: number
  genuine: boolean
}

export const rotateSession = prepareStatement(
  (orm, { session_id, presented, successor, grace_seconds, genuine }: Rotation) =>
    orm
      .select({
        outcome: sql<'rotated' | 'superseded' | 'reused' | 'ended'>`outcome`,
        user_id: sql<string | null>`user_id`,
        role: sql<'admin' | 'member' | null>`role`,
      })
      .from(
        sql`rotate_session(${session_id}::uuid, ${presented}, ${successor}, make_interval(secs => ${grace_seconds}), ${genuine})`,
      ),
)

/** The hash of a session's newest refresh token. */
export const selectRefreshHash = prepareStatement((orm, { session_id }: { session_id: string }) =>
  orm.select({ refresh_hash: sessions.refresh_hash }).from(sessions).where(eq(sessions.id, session_id)),
)

/** The account of a session. */
export const selectHolder = prepareStatement((orm, { session_id }: { session_id: string }) =>
  orm
    .select(userColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.user_id))
    .where(eq(sessions.id, session_id)),
)

export const selectSessions = (
  orm: Orm,
  { user_id, before, limit }: { user_id: string; before?: string; limit: number },
) =>
  orm
    .select({
      id: sessions.id,
      user_agent: sessions.user_agent,
      ip: sessions.ip,
      created_at: sessions.created_at,
      last_used_at: sessions.last_used_at,
      expires_at: sessions.expires_at,
      revoked_at: sessions.revoked_at,
      revoke_reason: sessions.revoke_reason,
    })
    .from(sessions)
    .where(and(eq(sessions.user_id, user_id), before ? lt(sessions.id, before) : undefined))
    .orderBy(desc(sessions.id))
    .limit(limit + 1)

/** Ends one session of this person. No row when it is not theirs, or has ended. */
export const revokeSession = (orm: Orm, { user_id, id, reason }: { user_id: string; id: string; reason: string }) =>
  orm
    .update(sessions)
    .set({ revoked_at: sql`clock_timestamp()`, revoke_reason: reason })
    .where(and(eq(sessions.id, id), eq(sessions.user_id, user_id), isNull(sessions.revoked_at)))
    .returning({ id: sessions.id })

type HeldSession = { id: string; presented: string | undefined; reason: string }

/**
 * Ends a live session if its newest refresh token has the hash `presented`, or, if that is undefined, without
 * comparing: the caller has proven that the token was once this session's.
 */
export const revokeHeldSession = (orm: Orm, { id, presented, reason }: HeldSession) =>
  orm
    .update(sessions)
    .set({ revoked_at: sql`clock_timestamp()`, revoke_reason: reason })
    .where(
      and(
        eq(sessions.id, id),
        isNull(sessions.revoked_at),
        gt(sessions.expires_at, sql`now()`),
        presented === undefined ? undefined : eq(sessions.refresh_hash, presented),
      ),
    )
    .returning({ user_id: sessions.user_id })

/** Raises too_many_tickets while `quota` tickets of this person wait to be used. */
export const requireTicketRoom = (orm: Orm, user_id: string, quota: number, seconds: number) =>
  orm.execute(sql`select require_room_for_ticket(${user_id}::uuid, ${quota}, ${seconds})`)

type NewTicket = Omit<typeof ws_tickets.$inferInsert, 'access_expires_at'> & { access_expires_at: string | SQL }

export const insertTicket = (orm: Orm, { access_expires_at, ...ticket }: NewTicket) =>
  orm.insert(ws_tickets).values({ ...ticket, access_expires_at: sql`${access_expires_at}` })
