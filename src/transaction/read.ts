import { sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import type { Head } from '../cache/heads.ts'
import type { Ctx } from '../context.ts'
import { batch } from '../db/batch.ts'
import { databaseError } from '../db/errors.ts'
import { preparedStatement } from '../db/prepared-statement.ts'
import { projects } from '../db/schema.ts'
import { admitted, credentialOf } from './authorize.ts'
import { type ProjectRef, projectOf } from './project-ref.ts'
import type { Statement, Statements } from './transact.ts'
import type { ProjectRole } from './write.ts'

/** A link without a project shows what is its maker's in all of theirs. */
type Place = ProjectRef | { project: null; link: string }
type Reader = 'anyone' | 'admin' | (Place & { link?: string; role?: ProjectRole })

/** The check that a read begins with: signed in, or an administrator. */
function guard(ctx: Ctx, reader: Exclude<Reader, object>): Statement {
  const who = credentialOf(ctx, 'read')
  const check = reader === 'anyone' ? sql`authenticate(${who})` : sql`require_admin(${who})`
  return ctx.db.readOnly.execute(sql`select ${admitted(ctx, check)}`)
}

type Asked = Place & Pick<Ctx, 'request_id'> & Ctx['actor'] & { link?: string; needed: ProjectRole }

/** A member of the project (of some role), or a member's link. It also says where the project is. */
const memberGuard = preparedStatement((orm, { request_id, link, needed, ...asked }: Asked) => {
  const credential = credentialOf({ actor: asked, request_id }, 'read')
  const member = sql`check_role(read.id, ${asked.user_id}, ${needed}, authenticate(${credential}))`
  return orm
    .select({
      allowed: link ? sql`require_link(${link}::uuid, read.id)` : member,
      seq: projects.event_seq,
      epoch: projects.stream_epoch,
    })
    .from(sql`(select ${projectOf(asked)}::uuid as id) as read`)
    .leftJoin(projects, sql`${projects.id} = read.id`)
})

function guardOf(ctx: Ctx, reader: Reader): Statement {
  if (typeof reader !== 'object') return guard(ctx, reader)
  const { role: needed = 'viewer', ...asked } = reader
  return memberGuard({ ...ctx.actor, ...asked, request_id: ctx.request_id, needed })
}

/**
 * The one way to read: authorization and queries in one HTTP request (I1), all of them of the same
 * moment; of a project, `ctx.at` then says which. Queries are built on `ctx.db.readOnly`.
 */
export async function read<T extends Statements>(ctx: Ctx, reader: Reader, queries: T): Promise<BatchResponse<T>> {
  ctx.limits.start() // it travels beside the database's request, not before it
  try {
    const statements = [guardOf(ctx, reader), ...queries] as const
    const [guarded, ...results] = await batch(ctx.db.readOnly, [...statements], ctx.db.meter.db)
    if (typeof reader === 'object') [ctx.at] = guarded as [Head]
    return results as unknown as BatchResponse<T>
  } catch (error) {
    throw databaseError(error)
  } finally {
    ctx.limits.weigh()
  }
}
