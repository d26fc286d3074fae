import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Ctx } from '../../../context.ts'
import type { Database } from '../../../db/client.ts'
import { report_links } from '../../../db/schema.ts'
import { actsAsAdmin, authenticateArgsOf, isReachable } from '../../../transaction/authorize.ts'
import { type Scope, selectForecastDay, selectPeriod } from '../sql/scope.ts'

type Orm = Database['primary']
const { id, project_id, user_id, report, query, expires_at, revoked_at, created_at } = report_links
const columns = { id, project_id, user_id, report, query, expires_at, created_at }

/** Whether the caller's API key reaches what a link shows: one bound to projects reaches no calendar of them all. */
const isInReach = isReachable(sql`coalesce(${project_id}, '00000000-0000-0000-0000-000000000000')`)

/** The links that a person may see and end: their own, those of projects that they manage; an administrator all. */
const mayEnd = (me: string) =>
  and(
    or(
      eq(user_id, me),
      actsAsAdmin,
      sql`exists (select 1 from project_members m where m.project_id = ${project_id} and m.user_id = ${me} and m.role = 'manager')`,
    ),
    isInReach,
  )

const hasNotEnded = and(isNull(revoked_at), gt(expires_at, sql`now()`))

/** Whether a link works now. One whose maker has left the project works again when they come back. */
const isAlive = and(hasNotEnded, sql`maker_may_read(${report_links})`)

/**
 * FT401, or FT404 if the caller may not read the project; without a project, FT403 for a key that is bound to some.
 * Needs the scopes read and write, as a link shows the project, and outlives the key that made it.
 */
export const requireLinkMaker = (ctx: Ctx, project: string | null) =>
  ctx.db.primary.execute(
    sql`select authenticate(${authenticateArgsOf(ctx, 'read')}), authenticate(${authenticateArgsOf(ctx, 'write')}), ${
      project === null ? sql`require_every_project()` : sql`require_reader(${project}::uuid)`
    }`,
  )

/** Refuses an invalid period or column, or an invalid day of a forecast, before a link is made for it. */
export const requirePeriod = (orm: Orm, scope: Scope, by: string | undefined) =>
  orm.execute(by === undefined ? selectPeriod(scope) : selectForecastDay(scope, by))

/** Throws too_many_links. Takes locks: others who make links for this project or person wait. */
export const requireRoomForLink = ({ db, config, actor }: Ctx, project: string | null) =>
  db.primary.execute(
    sql`select require_room_for_link(${project}::uuid, ${actor.user_id}::uuid, ${config.QUOTA_PROJECT_LINKS}, ${config.QUOTA_LINKS})`,
  )

export type NewReportLink = typeof report_links.$inferInsert

export const insertReportLink = (orm: Orm, link: NewReportLink) =>
  orm.insert(report_links).values(link).returning(columns)

/** The answer of a keyed write as a subquery, with the URL, which the row does not have. */
export const reportLinkJsonOf = (link: string, url: string) =>
  sql`(select journal_row(to_jsonb(l) - 'revoked_at') || jsonb_build_object('url', ${url}::text) from ${report_links} l where l.id = ${link})`

type List = { me: string; project?: string; before?: string; limit: number }

/** The newest first: the caller's own, or with a project those there that the caller may end. */
export const selectReportLinks = (orm: Orm, { me, project, before, limit }: List) =>
  orm
    .select(columns)
    .from(report_links)
    .where(
      and(
        project === undefined ? and(eq(user_id, me), isInReach) : and(eq(project_id, project), mayEnd(me)),
        before ? lt(id, before) : undefined,
        isAlive,
      ),
    )
    .orderBy(desc(id))
    .limit(limit + 1)

/** Ends all links that this person made. */
export const revokeReportLinksBy = (orm: Orm, maker: string) =>
  orm
    .update(report_links)
    .set({ revoked_at: sql`now()` })
    .where(and(eq(user_id, maker), isNull(revoked_at)))

export const revokeReportLink = (orm: Orm, me: string, link: string) =>
  orm
    .update(report_links)
    .set({ revoked_at: sql`now()` })
    .where(and(eq(id, link), mayEnd(me), hasNotEnded))
    .returning({ id })
