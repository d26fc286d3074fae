import { sql } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../../context.ts'
import { lockAccounts } from '../../../db/accounts.ts'
import { AppError } from '../../../lib/errors.ts'
import { decodeCursor, toPage } from '../../../lib/page.ts'
import { linkQuota, viewerQuota } from '../../../redis/rate-quotas.ts'
import { read } from '../../../transaction/read.ts'
import { transact, transactIdempotently } from '../../../transaction/transact.ts'
import { authenticate } from '../../../transaction/write.ts'
import { oneOrNotFound } from '../../../transaction/write-result.ts'
import { scopeOf } from '../ask.ts'
import type { Link } from './answers.ts'
import * as q from './queries.ts'
import { CALENDAR, type CreateLink, type ListLinks, type Picture, type ReportName } from './schema.ts'
import { linkTo, type SignedLink, signedLinkOf } from './signature.ts'

/** Errors of the report's parameters get paths below `query`, where the body has them. */
function belowQuery(error: unknown): never {
  const { code, details } = error instanceof AppError ? error : {}
  if (!code || !details?.errors) throw error
  throw new AppError(code, { ...details, errors: details.errors.map((e) => ({ ...e, path: `query.${e.path}` })) })
}

/** Makes a link to a picture or a calendar, for whoever has it. `base` is where this API is reached. */
export async function createLink(ctx: Ctx, { project_id, report, query, expires_in }: CreateLink, base: string) {
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
  const url = `${base}${linkTo(ctx.config, subject)}`
  const expires_at = new Date(ctx.now.getTime() + expires_in * 1000).toISOString()
  const { results, kept } = await transactIdempotently(
    ctx,
    [
      q.requireReader(ctx, project_id),
      q.requirePeriod(primary, scopeOf(ctx, project_id, query)),
      q.requireRoom(ctx, project_id),
      lockAccounts(primary, ctx.actor.user_id),
      q.requireReader(ctx, project_id), // still: they may have waited
      q.insertLink(primary, { ...subject, expires_at }),
    ],
    { status: 201, body: q.linkJson(subject.id, url) },
    sql`${project_id}`, // a repeat, too, is for who may see it
  ).catch(belowQuery)
  return (kept ?? { ...oneOrNotFound(results[5]), url }) as Link
}

/** Links that still show something: mine, and those that I may end as the manager of a project. */
export async function listLinks(ctx: Ctx, { project_id, cursor, limit }: ListLinks, base: string) {
  const me = ctx.actor.user_id
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const query = q.selectLinks(ctx.db.readOnly, { me, project: project_id, before, limit })
  const [rows] = await read(ctx, project_id === undefined ? 'anyone' : { project: project_id }, [query])
  const { items, next_cursor } = toPage(rows, limit, ({ id }) => [id])
  const shown = items.map((row) => ({
    ...row,
    url: row.user_id === me ? `${base}${linkTo(ctx.config, row)}` : null,
  }))
  return { items: shown as Link[], next_cursor }
}

/** Ends a link. Throws not_found for one that I may not end, or that has ended. */
export async function revokeLink(ctx: Ctx, id: string): Promise<void> {
  const [, rows] = await transact(ctx, [authenticate(ctx), q.revokeLink(ctx.db.primary, ctx.actor.user_id, id)])
  oneOrNotFound(rows)
}

/**
 * What a link shows, to somebody at `ip`. Throws link_invalid when it is not as we signed it. It counts against who
 * looks and against who made it: neither many links nor many viewers make more of them.
 */
export function followLink(
  ctx: Ctx,
  link: string,
  asked: Omit<SignedLink, 'id' | 'user_id'>,
  ip: string | null,
): SignedLink {
  ctx.limits.consume(viewerQuota(ctx.config, ip))
  const subject = signedLinkOf(ctx.config, link, asked)
  // An old link names no maker: those of a project share one count.
  ctx.limits.consume(linkQuota(ctx.config, subject.user_id ?? (subject.project_id as string)))
  return subject
}

/**
 * The picture that a link shows. Throws link_invalid, link_expired, or link_revoked: withdrawn, or its maker may see the
 * project no more.
 */
export async function picture(ctx: Ctx, { link, ...asked }: Picture, query: Record<string, string>, ip: string | null) {
  const { id, report } = followLink(ctx, link, { ...asked, query }, ip)
  if (report === CALENDAR) throw new AppError('link_invalid') // the signature of a calendar makes no picture
  const { DRAW } = await import('./draw.ts')
  return DRAW[report as ReportName]({ ...ctx, link: id }, asked.project_id, query) // we signed the name of a report
}
