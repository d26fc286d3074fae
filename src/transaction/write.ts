import { sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import { recordHead } from '../cache/heads.ts'
import type { Ctx } from '../context.ts'
import { fromJson } from '../db/json.ts'
import { preparedCall } from '../db/prepared-statement.ts'
import type { PROJECT_ROLES } from '../db/schema.ts'
import type { Event } from '../live/event.ts'
import { finishActsAfterAnswer } from './acts.ts'
import { admitted, credentialOf, type Scope } from './authorize.ts'
import { guardedProject, movableOf, type ProjectRef, projectOf } from './project-ref.ts'
import { revokeAccessFromEvents } from './revoke-access.ts'
import { type Answer, type Json, type Statement, type Statements, transactIdempotently } from './transact.ts'

export type ProjectRole = (typeof PROJECT_ROLES)[number]

/** A rule that the write broke without being refused, such as a WIP limit in `warn` mode. */
export type Warning = { code: string; [fact: string]: unknown }

/** Events of one write that travel with its announcement; hubs read the rest from the journal. */
const CARRIED = 100

/** `checks` run after the guard, under the lock. Their results are dropped. */
type Guard = ProjectRef & { role: ProjectRole; allow_archived?: boolean; checks?: Statement[] }

/** Makes the actor the author of this transaction: for writes that concern no project yet. */
export const authenticate = (ctx: Ctx, scope: Scope = 'write') =>
  ctx.db.primary.execute(sql`select ${admitted(ctx, sql`authenticate(${credentialOf(ctx, scope)})`)}`)

/** Like `authenticate`, for what only an administrator may do. */
export const requireAdmin = (ctx: Ctx) =>
  ctx.db.primary.execute(sql`select ${admitted(ctx, sql`require_admin(${credentialOf(ctx, 'write')})`)}`)

const ROOM = {
  columns: 'QUOTA_COLUMNS',
  labels: 'QUOTA_LABELS',
  members: 'QUOTA_MEMBERS',
  webhooks: 'QUOTA_WEBHOOKS',
} as const

/** too_many_columns and the like, after the insert of one more. */
export const checkRoom = ({ db, config }: Ctx, project: string, what: keyof typeof ROOM) =>
  db.primary.execute(sql`select check_room(${project}::uuid, ${what}, ${config[ROOM[what]]})`)

type Asked = ProjectRef &
  Pick<Guard, 'role' | 'allow_archived'> &
  Pick<Ctx['actor'], 'user_id' | 'session_id' | 'key_hash'> &
  Pick<Ctx, 'request_id'>

const requireRole = preparedCall(
  ({ user_id, role, session_id, request_id, allow_archived, key_hash, ...ref }: Asked) =>
    sql`require_role(${projectOf(ref)}::uuid, ${user_id}, ${role}, ${session_id}, ${request_id}, ${allow_archived}, ${key_hash ?? null})`,
)

/** What the guard has found the project by is still there, now that it is locked. */
const requireUnmoved = preparedCall(
  ({ kind, id }: { kind: string; id: string }) => sql`require_unmoved(${kind}, ${id})`,
)

function guardsOf({ actor, request_id }: Ctx, { checks = [], ...guard }: Guard): Statement[] {
  const { user_id, session_id, key_hash } = actor
  const movable = movableOf(guard)
  return [
    requireRole({ allow_archived: false, ...guard, user_id, session_id, key_hash, request_id }),
    ...(movable ? [requireUnmoved(movable)] : []),
    ...checks,
  ]
}

/** What the transaction did, read inside it: the head, its journal rows, and any warning (drizzle/functions/writes.sql). */
const outcome = preparedCall(({ created }: { created?: string }) =>
  sql`write_outcome(${created ?? null}::uuid, ${CARRIED})`.mapWith(fromJson<Done>),
)

/** As one JSON: a column of its own for each field would cost more to describe than it holds. */
type Done = {
  head: number | null
  epoch: string | null
  warning: Warning | null
  /** Projects in which something is left to be tidied (leave_for_later in drizzle/functions/acts.sql). */
  left: string[] | null
  /** The people to notify, some of them more than once (note_notified in drizzle/functions/notifications.sql). */
  notified: string[]
  events: Event[] | null
  /** The webhooks that are to send these. */
  webhooks: string[] | null
}

export type Written<R> = { results: R; events: Event[]; head: number; warnings: Warning[]; kept?: Json }

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
  const created = 'created' in guard ? guard.created : undefined
  const first = 'created' in guard ? [authenticate(ctx)] : guardsOf(ctx, guard)
  const whole: Statement[] = [...first, ...statements, outcome({ created })]
  const { results, kept } = await transactIdempotently(
    ctx,
    whole as Statements,
    answer,
    created ? sql`${created}` : guardedProject,
  )
  const [{ value: written }] = results.at(-1) as [{ value: Done }]
  const { epoch, warning, notified, left } = written
  const [head, events] = [written.head ?? 0, written.events ?? []]
  if (events[0]) {
    const { project_id } = events[0]
    if (epoch) recordHead(project_id, { epoch, seq: head })
    ctx.realtime.announce({ project_id, head, events }, epoch)
    ctx.realtime.wakeWebhooks(project_id, written.webhooks ?? [])
  }
  ctx.realtime.notify([...new Set(notified)])
  if (left) finishActsAfterAnswer(ctx, left)
  await revokeAccessFromEvents(ctx, events)
  const warnings = warning ? [warning] : []
  return { results: results.slice(first.length, -1) as unknown as BatchResponse<T>, events, head, warnings, kept }
}
