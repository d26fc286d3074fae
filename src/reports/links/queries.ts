import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { report_links } from '../../db/schema.ts'
import type { Actor } from '../../env.ts'
import { period, type Scope } from '../sql/scope.ts'

type Orm = Database['orm']
const { id, project_id, user_id, report, query, expires_at, revoked_at, created_at } = report_links
const columns = { id, project_id, user_id, report, query, expires_at, created_at }

/** Of whom a person may see and end links: of themselves, and of everybody where they manage. */
const mineToEnd = (me: string) =>
  or(eq(user_id, me), sql`role_rank(project_role(${project_id}, ${me}::uuid)) >= role_rank('manager')`)

/** Links that still show something. */
const alive = and(
  isNull(revoked_at),
  gt(expires_at, sql`now()`),
  sql`project_role(${project_id}, ${user_id}) is not null`,
)

/** FT401, or FT404 for who may not read the project. */
export const requireReader = (orm: Orm, { user_id, session_id }: Actor, project: string) =>
  orm.execute(sql`select require_member(${project}::uuid, ${user_id}, ${session_id})`)

/** FT422 for a period or a column that makes no sense, before a link asks for it. */
export const requirePeriod = (orm: Orm, scope: Scope) => orm.execute(period(scope))

export type NewLink = typeof report_links.$inferInsert

export const insertLink = (orm: Orm, link: NewLink) => orm.insert(report_links).values(link).returning(columns)

/** The answer of a keyed write, with the address, which the row does not hold. */
export const linkJson = (link: string, url: string) =>
  sql`(select journal_row(to_jsonb(l) - 'revoked_at') || jsonb_build_object('url', ${url}::text) from ${report_links} l where l.id = ${link})`

type List = { me: string; project?: string; before?: string; limit: number }

/** The newest first: mine, or with a project also those of others that I may end there. */
export const selectLinks = (orm: Orm, { me, project, before, limit }: List) =>
  orm
    .select(columns)
    .from(report_links)
    .where(
      and(
        project === undefined ? eq(user_id, me) : and(eq(project_id, project), mineToEnd(me)),
        before ? lt(id, before) : undefined,
        alive,
      ),
    )
    .orderBy(desc(id))
    .limit(limit + 1)

export const revokeLink = (orm: Orm, me: string, link: string) =>
  orm
    .update(report_links)
    .set({ revoked_at: sql`now()` })
    .where(and(eq(id, link), mineToEnd(me), alive))
    .returning({ id })
