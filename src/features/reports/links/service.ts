import { sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../../context.ts'
import { lockAccounts } from '../../../db/accounts.ts'
import { AppError, type ErrorCode } from '../../../lib/errors.ts'
import { decodeCursor, toPage } from '../../../lib/page.ts'
import { linkLimit, viewerLimit } from '../../../redis/rate-limits.ts'
import { forgetEnded, hasEnded, rememberEnded } from '../../../security/ended.ts'
import { read } from '../../../transaction/read.ts'
import { transact, transactIdempotently } from '../../../transaction/transact.ts'
import { authenticate } from '../../../transaction/write.ts'
import { oneOrNotFound } from '../../../transaction/write-result.ts'
import { scopeOf } from '../read-report.ts'
import type { ReportLink } from './answers.ts'
import * as q from './queries.ts'
import { CALENDAR, type CreateReportLink, type ListReportLinks, type PicturePath, type ReportName } from './schema.ts'
import { type SignedLink, signedLinkOf, signedPathOf } from './signature.ts'

/** Rethrows errors of the report's parameters with paths below `query`, where the body has them. */
function rethrowBelowQuery(error: unknown): never {
  const { code, details } = error instanceof AppError ? error : {}
  if (!code || !details?.errors) throw error
  throw new AppError(code, { ...details, errors: details.errors.map((e) => ({ ...e, path: `query.${e.path}` })) })
}

/** Makes a link to a picture or a calendar, which works for anybody who has it. `base`: the address of this API. */
export async function createReportLink(
  ctx: Ctx,
  { project_id, report, query, expires_in }: CreateReportLink,
  base: string,
) {
  const { primary } = ctx.db
  const asked = Object.entries(query).filter(([, value]) => value !== undefined)
  const { user_id } = ctx.actor
  const subject = {
    id: uuid(),
    user_id,
    project_id,
    report,
    query: Object.fromEntries(asked.map(([key, value]) => [key, String(value)])),
  }
  const url = `${base}${signedPathOf(ctx.config, subject)}`
  const expires_at = new Date(ctx.now.getTime() + expires_in * 1000).toISOString()
  const { results, stored } = await transactIdempotently(
    ctx,
    [
      q.requirePeriod(primary, scopeOf(ctx, project_id, query), subject.query.by),
      q.requireRoomForLink(ctx, project_id),
      lockAccounts(primary, ctx.actor.user_id),
      q.requireLinkMaker(ctx, project_id), // again: the lock may have made it wait
      q.insertReportLink(primary, { ...subject, expires_at }),
    ],
    { status: 201, body: q.reportLinkJsonOf(subject.id, url) },
    sql`${project_id}`,
    [q.requireLinkMaker(ctx, project_id)],
  ).catch(rethrowBelowQuery)
  return (stored ?? { ...oneOrNotFound(results[4]), url }) as ReportLink
}

/** A page of links that still work: the caller's own, or with a project those there that the caller may end. */
export async function listReportLinks(ctx: Ctx, { project_id, cursor, limit }: ListReportLinks, base: string) {
  const me = ctx.actor.user_id
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const query = q.selectReportLinks(ctx.db.readOnly, { me, project: project_id, before, limit })
  const [rows] = await read(ctx, project_id === undefined ? 'anyone' : { project: project_id }, [query])
  const { items, next_cursor } = toPage(rows, limit, ({ id }) => [id])
  const shown = items.map((row) => ({
    ...row,
    url: row.user_id === me ? `${base}${signedPathOf(ctx.config, row)}` : null,
  }))
  return { items: shown as ReportLink[], next_cursor }
}

/** Ends a link. Throws not_found for one that the caller may not end, or that has ended. */
export async function revokeReportLink(ctx: Ctx, id: string): Promise<void> {
  const [, rows] = await transact(ctx, [authenticate(ctx), q.revokeReportLink(ctx.db.primary, ctx.actor.user_id, id)])
  oneOrNotFound(rows)
}

/** How the database refuses a link that has ended: it is withdrawn, or its time is over, or its project is deleted. */
const ENDED: readonly ErrorCode[] = ['link_revoked', 'link_expired']

/**
 * Does `work` for whoever follows a link. Throws link_invalid unless the link is as we signed it. The request counts
 * for the viewer (`ip`) and for the maker: neither many links nor many viewers raise the limits. Once a link has ended,
 * it counts only for the viewer: withdrawing it must help its maker.
 */
export async function followLink<T>(
  ctx: Ctx,
  link: string,
  asked: Omit<SignedLink, 'id' | 'user_id'>,
  ip: string | null,
  work: (subject: SignedLink) => Promise<T>,
): Promise<T> {
  ctx.limits.consume(viewerLimit(ctx.config, ip))
  const subject = signedLinkOf(ctx.config, link, asked)
  // Old links do not name their maker: all old links of a project share one limit.
  const maker = subject.user_id ?? (subject.project_id as string)
  if (!hasEnded(subject.id)) ctx.limits.consume(linkLimit(ctx.config, maker))
  try {
    const shown = await work(subject)
    forgetEnded(subject.id)
    return shown
  } catch (error) {
    if (error instanceof AppError && ENDED.includes(error.code)) rememberEnded(subject.id)
    throw error
  }
}

/**
 * The picture that a link shows, as SVG. Throws link_invalid, link_expired, or link_revoked: the link was withdrawn, or
 * its maker may no longer see the project.
 */
export async function drawLinkedPicture(
  ctx: Ctx,
  { link, ...asked }: PicturePath,
  query: Record<string, string>,
  ip: string | null,
) {
  return followLink(ctx, link, { ...asked, query }, ip, async ({ id, report }) => {
    if (report === CALENDAR) throw new AppError('link_invalid') // a calendar has no picture
    const { DRAW_BY_NAME } = await import('./draw.ts')
    // The name was signed, so it is one of a report.
    return DRAW_BY_NAME[report as ReportName]({ ...ctx, link: id }, asked.project_id, query)
  })
}
