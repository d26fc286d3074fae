import { type SQL, sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import { endAccessOf } from '../cache/access.ts'
import { saw } from '../cache/heads.ts'
import type { Ctx } from '../env.ts'
import type { Event } from '../realtime/protocol.ts'
import { credentialOf, type Scope } from './actor.ts'
import { activity_logs, type PROJECT_ROLES, projects } from './schema.ts'
import { type Answer, type Json, once, type Statement, type Statements } from './transact.ts'

export type ProjectRole = (typeof PROJECT_ROLES)[number]
/** A project's id, or SQL that finds it (of a task, in the same trip). */
export type ProjectRef = string | SQL

/** A rule that the write broke without being refused, such as a WIP limit in `warn` mode. */
export type Warning = { code: string; [fact: string]: unknown }

/** Events of one write that travel with its announcement; hubs read the rest from the journal. */
const CARRIED = 100

type Guard = { project: ProjectRef; role: ProjectRole; allow_archived?: boolean }

/** Makes the actor the author of this transaction: for writes that concern no project yet. */
export const authenticate = (ctx: Ctx, scope: Scope = 'write') =>
  ctx.db.orm.execute(sql`select authenticate(${credentialOf(ctx, scope)})`)

/** Like `authenticate`, for what only an administrator may do. */
export const requireAdmin = (ctx: Ctx) => ctx.db.orm.execute(sql`select require_admin(${credentialOf(ctx, 'write')})`)

const requireRole = ({ db, actor, request_id }: Ctx, { project, role, allow_archived = false }: Guard) =>
  db.orm.execute(
    sql`select require_role(${project}::uuid, ${actor.user_id}, ${role}, ${actor.session_id}, ${request_id}, ${allow_archived}, ${actor.key_hash ?? null})`,
  )

/** What the transaction did, read inside it: the head, its journal rows, and any warning. */
const outcome = ({ db }: Ctx, project: SQL) =>
  db.orm
    .select({
      head: sql`coalesce(${projects.event_seq}, ${activity_logs.seq})`.mapWith(Number),
      epoch: projects.stream_epoch,
      warning: sql<string | null>`nullif(current_setting('flowtrack.warning', true), '')`,
      notified: sql<string[]>`array(select distinct user_id from notifications where seq = 0)`, // only our own have none yet
      event: activity_logs,
    })
    .from(sql`(select ${project}::uuid as id) as written`)
    .leftJoin(projects, sql`${projects.id} = written.id`)
    .leftJoin(
      activity_logs,
      sql`${activity_logs.project_id} = written.id and ${activity_logs.seq} > coalesce(nullif(current_setting('flowtrack.since', true), '')::bigint, 0)`,
    )
    .orderBy(activity_logs.seq)
    .limit(CARRIED)

export type Written<R> = { results: R; head: number; warnings: Warning[]; kept?: Json }

/**
 * The one way to change a project's data: a guard and the change, in one HTTP request and one
 * transaction (I1), then the announcement of what the journal recorded (I3). A project that this
 * very write creates needs no guard beyond a live account: name it as `created`. With `answer`, it
 * happens once per Idempotency-Key.
 */
export async function write<T extends Statements>(
  ctx: Ctx,
  guard: Guard | { created: string },
  statements: T,
  answer?: Answer,
): Promise<Written<BatchResponse<T>>> {
  const created = 'created' in guard
  const first: Statement = created ? authenticate(ctx) : requireRole(ctx, guard)
  const project = created ? sql`${guard.created}` : sql`current_setting('flowtrack.project')`
  const { results, kept } = await once(ctx, [first, ...statements, outcome(ctx, project)], answer, project)
  const rows = results.at(-1) as Awaited<ReturnType<typeof outcome>>
  const events = rows.flatMap(({ event }): Event[] => (event ? [event] : []))
  const { head = 0, epoch = null, warning = null, notified = [] } = rows[0] ?? {}
  if (events[0]) {
    const { project_id } = events[0]
    if (epoch) saw(project_id, { epoch, seq: head })
    ctx.realtime.announce({ project_id, head, events }, epoch)
  }
  ctx.realtime.notify(notified)
  await endAccessOf(ctx, events)
  const warnings = warning ? [JSON.parse(warning)] : []
  return { results: results.slice(1, -1) as unknown as BatchResponse<T>, head, warnings, kept }
}
