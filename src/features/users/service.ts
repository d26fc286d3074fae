import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { users } from '../../db/schema.ts'
import { limitTime } from '../../db/time-limits.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { hashPassword } from '../../security/passwords.ts'
import { requireUncommon } from '../../security/weak-passwords.ts'
import { finishActsAfterAnswer } from '../../transaction/acts.ts'
import { type Expected, requireVersion } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { revokeAccess } from '../../transaction/revoke-access.ts'
import { transact, transactIdempotently } from '../../transaction/transact.ts'
import { authenticate, requireAdmin } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { deleteKeys } from '../keys/queries.ts'
import { deletePreferences } from '../notifications/queries.ts'
import { revokeReportLinksBy } from '../reports/links/queries.ts'
import { deleteOwnViews } from '../views/queries.ts'
import type { User, UserPage } from './answers.ts'
import { endCredentials, endHandedOut } from './credentials.ts'
import * as q from './queries.ts'
import { deleteInvitationsTo, deleteRecoveryLinks } from './queries.ts'
import type { CreateUser, ListUsers, UpdateMe, UpdateUser } from './schema.ts'

/**
 * Administrators list and search all accounts. Others search for people, and find those with whom they share a project;
 * managers find others as well, by a complete e-mail address.
 */
export async function listUsers(ctx: Ctx, { cursor, ...input }: ListUsers): Promise<UserPage> {
  const { readOnly } = ctx.db
  const search = { ...input, after: decodeCursor(cursor, z.tuple([z.uuid()]))?.[0] }
  const accounts = q.selectUsers(readOnly, search)
  const pageOf = <T extends { id: string }>(rows: T[]) => toPage(rows, input.limit, ({ id }) => [id])
  if (search.q === undefined) return pageOf((await read(ctx, 'admin', [accounts]))[0])
  const people = q.selectPeople(readOnly, ctx.actor.user_id, { ...search, q: search.q })
  const [found, known] = await read(ctx, 'anyone', [accounts, people])
  return found.length > 0 ? pageOf(found) : pageOf(known)
}

export async function getMe(ctx: Ctx): Promise<User> {
  const [rows] = await read(ctx, 'anyone', [q.selectUser(ctx.db.readOnly, ctx.actor.user_id)])
  return oneOrNotFound(rows)
}

export async function getUser(ctx: Ctx, id: string): Promise<User> {
  const [rows] = await read(ctx, 'admin', [q.selectUser(ctx.db.readOnly, id)])
  return oneOrNotFound(rows)
}

export async function createUser(ctx: Ctx, { password, ...input }: CreateUser): Promise<User> {
  await requireUncommon(ctx, password, input)
  const password_hash = hashPassword(password, ctx.config.SCRYPT_LOG2_N)
  const id = uuid()
  const insert = q.insertUser(ctx.db.primary, { id, ...input, password_hash })
  const answer = { status: 201, body: q.userJson(id) } as const
  // Checked again under the lock: an administrator who was demoted meanwhile must not create an account.
  const statements = [lockAccounts(ctx.db.primary, ctx.actor.user_id), requireAdmin(ctx), insert] as const
  const { results, stored } = await transactIdempotently(ctx, [...statements], answer, undefined, [requireAdmin(ctx)])
  return stored ? (stored as User) : oneOrNotFound(results[2])
}

export async function updateMe(ctx: Ctx, input: UpdateMe, if_match?: Expected): Promise<User> {
  const id = ctx.actor.user_id
  const update = q.updateUser(ctx.db.primary, id, input)
  const [, , , rows] = await transact(ctx, [
    authenticate(ctx),
    requireVersion(ctx, users, q.whereUser(id), if_match), // it locks the account, and may have waited
    authenticate(ctx),
    update,
  ])
  if (input.timezone !== undefined) await ctx.cache.invalidateUsers([id]) // their cached values are of days in the old time zone
  return oneOrNotFound(rows)
}

/**
 * Changes an account. Disabling it ends its sessions, API keys and sockets, and every link and invitation that it
 * made. Removing the role of administrator ends the invitations and recovery links that it made, and closes its
 * sockets: some may show projects of which it is no member.
 */
export async function updateUser(ctx: Ctx, id: string, input: UpdateUser, if_match?: Expected): Promise<User> {
  const { primary } = ctx.db
  const disabled = input.is_active === false
  const statements = [
    lockAccounts(primary, id, ctx.actor.user_id), // an administrator who is demoted meanwhile gives no rights
    requireAdmin(ctx),
    requireVersion(ctx, users, q.whereUser(id), if_match),
  ] as const
  const update = q.updateUser(primary, id, input)
  const ends = disabled
    ? endCredentials(primary, id, 'account_disabled')
    : input.role === 'member'
      ? endHandedOut(primary, id)
      : []
  const [, , , [before], rows] = await transact(ctx, [...statements, q.selectRole(primary, id), update, ...ends])
  if (disabled) await revokeAccess(ctx, { user_id: id, reason: 'Your account was disabled' })
  else if (input.role === 'member' && before?.role === 'admin')
    await revokeAccess(ctx, { user_id: id, reason: 'Your role was changed', may_return: true })
  else if (input.timezone !== undefined) await ctx.cache.invalidateUsers([id])
  return oneOrNotFound(rows)
}

/**
 * Anonymises an account, and ends its sessions, keys and memberships. Memberships that are many, or have many tasks,
 * end in steps after the answer. What it wrote stays, without its name.
 */
export async function deleteUser(ctx: Ctx, id: string, if_match?: Expected): Promise<void> {
  const { primary } = ctx.db
  const anonymous = {
    email: `deleted-${id}@invalid`,
    name: 'Deleted user',
    role: 'member' as const,
    is_active: false,
    password_hash: null,
    avatar_url: null,
    timezone: 'UTC',
  }
  const [, , , , memberships] = await transact(ctx, [
    limitTime(primary, { lock: '2s', statement: '8s' }), // it may hold the locks of projects
    requireAdmin(ctx),
    requireVersion(ctx, users, q.whereUser(id), if_match), // it locks the account: nobody makes it a member or a manager now
    requireAdmin(ctx), // the wait for that lock may have been long
    q.endMemberships(primary, id),
    deleteInvitationsTo(primary, id),
    q.updateUser(primary, id, anonymous),
    q.deleteSessions(primary, id), // they hold addresses and devices
    deleteKeys(primary, id),
    deleteRecoveryLinks(primary, id),
    revokeReportLinksBy(primary, id),
    deletePreferences(primary, id),
    deleteOwnViews(primary, id),
    ...endHandedOut(primary, id),
  ])
  const projectsOf = Map.groupBy(memberships, ({ ended }) => ended)
  const [ended = [], left = []] = [projectsOf.get(true), projectsOf.get(false)]
  ctx.realtime.recheck(ended.map(({ project_id }) => project_id))
  await revokeAccess(ctx, { user_id: id, reason: 'Your account was deleted' })
  finishActsAfterAnswer(
    ctx,
    left.map(({ project_id }) => project_id),
  )
}
