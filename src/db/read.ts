import { sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import type { Ctx } from '../env.ts'
import { metered } from '../http/timing.ts'
import { databaseError } from './errors.ts'
import type { Statement, Statements } from './transact.ts'
import type { ProjectRef, ProjectRole } from './write.ts'

type Reader = 'anyone' | 'admin' | { project: ProjectRef; link?: string; role?: ProjectRole }

/** The check that a read begins with: signed in, an administrator, a member of the project (of some role), or a member's link. */
function guard({ db, actor }: Ctx, reader: Reader): Statement {
  const { user_id, session_id } = actor
  if (reader === 'anyone') return db.snapshot.execute(sql`select authenticate(${user_id}, ${session_id})`)
  if (reader === 'admin') return db.snapshot.execute(sql`select require_admin(${user_id}, ${session_id})`)
  if (reader.link) return db.snapshot.execute(sql`select require_link(${reader.link}::uuid, ${reader.project}::uuid)`)
  if (reader.role)
    return db.snapshot.execute(
      sql`select check_role(${reader.project}::uuid, ${user_id}, ${reader.role}, authenticate(${user_id}, ${session_id}))`,
    )
  return db.snapshot.execute(sql`select require_member(${reader.project}::uuid, ${user_id}, ${session_id})`)
}

/**
 * The one way to read: authorisation and queries in one HTTP request (I1), all of them of the same
 * moment. Queries are built on `ctx.db.snapshot`.
 */
export async function read<T extends Statements>(ctx: Ctx, reader: Reader, queries: T): Promise<BatchResponse<T>> {
  ctx.limits.begin() // it travels beside the database's request, not before it
  try {
    const [, ...results] = await metered(ctx.db.meter.db, () => ctx.db.snapshot.batch([guard(ctx, reader), ...queries]))
    return results as unknown as BatchResponse<T>
  } catch (error) {
    throw databaseError(error)
  }
}
