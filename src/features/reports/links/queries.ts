import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import type { Database } from '../../../db/client.ts'
import { report_links } from '../../../db/schema.ts'
import { actsAsAdmin, credentialOf, inReach } from '../../../transaction/authorize.ts'
import { period, type Scope } from '../sql/scope.ts'

type Orm = Database['primary']
const { id, project_id, user_id, report, query, expires_at, revoked_at, created_at } = report_links
const columns = { id, project_id, user_id, report, query, expires_at, created_at }

/** Whether the caller's API key reaches what a link shows: one that is bound to some projects reaches no calendar of all. */
const isInReach = inReach(sql`coalesce(${project_id}, '00000000-0000-0000-0000-000000000000')`)

/** The links that a person may see and end: their own, and all those of projects that they manage. */
const mineToEnd = (me: string) =>
  and(
    or(
      eq(user_id, me),
      actsAsAdmin,
      sql`exists (select 1 from project_members m where m.project_id = ${project_id} and m.user_id = ${me} and m.role = 'manager')`,
    ),
    isInReach,
  )

/** Links that still show something. */
const alive = and(isNull(revoked_at), gt(expires_at, sql`now()`), sql`maker_may_read(${report_links})`)

/**
 * FT401, or FT404 for who may not read the project; without one, FT403 for a key that is bound to some. A link shows it, and
 * outlives the key that made it: takes both scopes.
 */
export const requireReader = (ctx: Ctx, project: string | null) =>
  ctx.db.primary.execute(
    sql`select authenticate(${credentialOf(ctx, 'read')}), authenticate(${credentialOf(ctx, 'write')}), ${
      project === null ? sql`require_every_project()` : sql`require_reader(${project}::uuid)`
    }`,
  )

/** FT422 for a period or a column that makes no sense, before a link asks for it. */
export const requirePeriod = (orm: Orm, scope: Scope) => orm.execute(period(scope))

/** too_many_links; others who make links here or for this person wait. */
export const requireRoom = ({ db, config, actor }: Ctx, project: string | null) =>
  db.primary.execute(
    sql`select require_room_for_link(${project}::uuid, ${actor.user_id}::uuid, ${config.QUOTA_PROJECT_LINKS}, ${config.QUOTA_LINKS})`,
  )

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
        project === undefined ? and(eq(user_id, me), isInReach) : and(eq(project_id, project), mineToEnd(me)),
        before ? lt(id, before) : undefined,
        alive,
      ),
    )
    .orderBy(desc(id))
    .limit(limit + 1)

/** Ends all links that this person made. */
export const revokeLinksBy = (orm: Orm, maker: string) =>
  orm
    .update(report_links)
    .set({ revoked_at: sql`now()` })
    .where(and(eq(user_id, maker), isNull(revoked_at)))

export const revokeLink = (orm: Orm, me: string, link: string) =>
  orm
    .update(report_links)
    .set({ revoked_at: sql`now()` })
    .where(and(eq(id, link), mineToEnd(me), alive))
    .returning({ id })
