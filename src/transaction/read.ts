import { sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import type { Head } from '../cache/heads.ts'
import type { Ctx } from '../context.ts'
import { batch } from '../db/batch.ts'
import { hasAccepted, toDomainError } from '../db/errors.ts'
import { prepareStatement } from '../db/prepared-statement.ts'
import { projects } from '../db/schema.ts'
import { admissionOf, authenticateArgsOf } from './authorize.ts'
import { type ProjectRef, projectOf } from './project-ref.ts'
import type { Statement, Statements } from './transact.ts'
import type { ProjectRole } from './write.ts'

/** The project that is read; null for a signed link that shows its maker's tasks of all their projects. */
type ReadTarget = ProjectRef | { project: null; link: string }
type Reader = 'anyone' | 'admin' | (ReadTarget & { link?: string; role?: ProjectRole })

/**
 * Gives the statements after this one as much time as the Worker waits for the database, which would otherwise go on
 * with a query whose request was cancelled.
 */
const timeLimitOf = (ms: unknown) => sql`set_config('statement_timeout', ${ms}::text, true)`

/** The check with which a read outside of projects begins: any account (`anyone`), or an administrator. */
function checkAccount(ctx: Ctx, reader: Exclude<Reader, object>): Statement {
  const args = authenticateArgsOf(ctx, 'read')
  const check = reader === 'anyone' ? sql`authenticate(${args})` : sql`require_admin(${args})`
  return ctx.db.readOnly.execute(sql`select ${admissionOf(ctx, check)}, ${timeLimitOf(ctx.config.DATABASE_TIMEOUT_MS)}`)
}

type MemberCheck = ReadTarget &
  Pick<Ctx, 'request_id'> &
  Ctx['actor'] & { link?: string; needed: ProjectRole; timeout_ms: number }

/**
 * Checks that the reader is a member with the needed role, or uses a member's signed link. Also returns the project's
 * head.
 */
const checkMember = prepareStatement((orm, { request_id, link, needed, timeout_ms, ...asked }: MemberCheck) => {
  const args = authenticateArgsOf({ actor: asked, request_id }, 'read')
  const member = sql`check_role(read.id, ${asked.user_id}, ${needed}, authenticate(${args}))`
  return orm
    .select({
      allowed: link ? sql`require_link(${link}::uuid, read.id)` : member,
      seq: projects.event_seq,
      epoch: projects.stream_epoch,
      limit: timeLimitOf(timeout_ms),
    })
    .from(sql`(select ${projectOf(asked)}::uuid as id) as read`)
    .leftJoin(projects, sql`${projects.id} = read.id`)
})

function checkReader(ctx: Ctx, reader: Reader): Statement {
  if (typeof reader !== 'object') return checkAccount(ctx, reader)
  const { role: needed = 'viewer', ...asked } = reader
  const { request_id, config } = ctx
  return checkMember({ ...ctx.actor, ...asked, request_id, needed, timeout_ms: config.DATABASE_TIMEOUT_MS })
}

/**
 * The only way to read: authorization and queries in one HTTP request (I1), which all see the same moment. After a read
 * of a project, `ctx.at` is its head at that moment. Queries are built on `ctx.db.readOnly`.
 */
export async function read<T extends Statements>(ctx: Ctx, reader: Reader, queries: T): Promise<BatchResponse<T>> {
  ctx.limits.start() // at the same time as the database's request, not before it
  try {
    const statements = [checkReader(ctx, reader), ...queries] as const
    const [guarded, ...results] = await batch(ctx.db.readOnly, [...statements], ctx.db.meter.db)
    ctx.limits.confirmCredential()
    if (typeof reader === 'object') [ctx.at] = guarded as [Head]
    return results as unknown as BatchResponse<T>
  } catch (error) {
    if (hasAccepted(error)) ctx.limits.confirmCredential()
    throw toDomainError(error)
  } finally {
    ctx.limits.addCostOfBytes()
  }
}
