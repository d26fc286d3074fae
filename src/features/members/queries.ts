import { and, asc, eq, getTableColumns, gt, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { project_members, users } from '../../db/schema.ts'

type Orm = Database['primary']

const person = { id: users.id, name: users.name, email: users.email, avatar_url: users.avatar_url }

/** One person's membership of one project. */
export const isMembership = (project_id: string, user_id: string) =>
  and(eq(project_members.project_id, project_id), eq(project_members.user_id, user_id))

/** A membership as it is shown: the row, and whose it is. */
export const memberColumns = { ...getTableColumns(project_members), user: person }

const selectMemberRows = (orm: Orm) =>
  orm.select(memberColumns).from(project_members).innerJoin(users, eq(users.id, project_members.user_id))

export const selectMember = (orm: Orm, project_id: string, user_id: string) =>
  selectMemberRows(orm).where(isMembership(project_id, user_id))

export const selectMembers = (
  orm: Orm,
  { project_id, after, limit }: { project_id: string; after?: string; limit: number },
) =>
  selectMemberRows(orm)
    .where(and(eq(project_members.project_id, project_id), after ? gt(project_members.user_id, after) : undefined))
    .orderBy(asc(project_members.user_id))
    .limit(limit + 1)

export const insertMember = (orm: Orm, member: typeof project_members.$inferInsert) =>
  orm.insert(project_members).values(member)

/** A membership as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores. */
export const memberJson = (id: string) => sql`(
  select journal_row(to_jsonb(m)) || jsonb_build_object('user',
    jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'avatar_url', u.avatar_url))
  from ${project_members} m join ${users} u on u.id = m.user_id where m.id = ${id})`

/** Fails with user_not_found unless the user has an active account. */
export const requireActiveUser = (orm: Orm, user_id: string) => orm.execute(sql`select require_active_user(${user_id})`)

export const updateMember = (
  orm: Orm,
  project_id: string,
  user_id: string,
  role: typeof project_members.$inferSelect.role,
) => orm.update(project_members).set({ role }).where(isMembership(project_id, user_id))

/** Fails with not_found for a person who never was a member. Not for a former one: a client may repeat a removal. */
export const requireEverMember = (orm: Orm, project_id: string, user_id: string) =>
  orm.execute(sql`select require_ever_member(${project_id}::uuid, ${user_id}::uuid)`)

export const deleteMember = (orm: Orm, project_id: string, user_id: string) =>
  orm.delete(project_members).where(isMembership(project_id, user_id)).returning({ id: project_members.id })
