import { type SQL, sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import { recordHead } from '../cache/heads.ts'
import type { Ctx } from '../context.ts'
import { fromJson } from '../db/json.ts'
import { prepareCall } from '../db/prepared-statement.ts'
import type { PROJECT_ROLES } from '../db/schema.ts'
import type { Event } from '../live/event.ts'
import { finishActsAfterAnswer } from './acts.ts'
import { admissionOf, authenticateArgsOf, type Scope } from './authorize.ts'
import { guardedProject, movableOf, type ProjectRef, projectOf } from './project-ref.ts'
import { dropCachedAccess } from './revoke-access.ts'
import { type Answer, type Json, type Statement, type Statements, transactIdempotently } from './transact.ts'

export type ProjectRole = (typeof PROJECT_ROLES)[number]

/** A rule that the write broke without being refused, such as a WIP limit in `warn` mode. */
export type Warning = { code: string; [fact: string]: unknown }

/** How many events of one write its announcement carries; hubs read the rest from the journal. */
const CARRIED = 100

/**
 * `checks` run after the guard, under the lock. Their results are dropped. `also_locks`: SQL for the id of another
 * project that the write locks, too; null if there is none.
 */
type Guard = ProjectRef & { role: ProjectRole; allow_archived?: boolean; checks?: Statement[]; also_locks?: SQL }

/** Makes the actor the author of this transaction: for writes that concern no project yet. */
export const authenticate = (ctx: Ctx, scope: Scope = 'write') =>
  ctx.db.primary.execute(sql`select ${admissionOf(ctx, sql`authenticate(${authenticateArgsOf(ctx, scope)})`)}`)

/** Like `authenticate`, for what only an administrator may do. */
export const requireAdmin = (ctx: Ctx) =>
  ctx.db.primary.execute(sql`select ${admissionOf(ctx, sql`require_admin(${authenticateArgsOf(ctx, 'write')})`)}`)

const ROOM = {
  columns: 'QUOTA_COLUMNS',
  labels: 'QUOTA_LABELS',
  members: 'QUOTA_MEMBERS',
  webhooks: 'QUOTA_WEBHOOKS',
} as const

/** Raises too_many_columns and the like when the row that was just inserted is one too many. */
export const checkRoom = ({ db, config }: Ctx, project: string, what: keyof typeof ROOM) =>
  db.primary.execute(sql`select check_room(${project}::uuid, ${what}, ${config[ROOM[what]]})`)

type RoleCheck = ProjectRef &
  Pick<Guard, 'role' | 'allow_archived'> &
  Pick<Ctx['actor'], 'user_id' | 'session_id' | 'key_hash'> &
  Pick<Ctx, 'request_id'>

const requireRole = prepareCall(
  ({ user_id, role, session_id, request_id, allow_archived, key_hash, ...ref }: RoleCheck) =>
    sql`require_role(${projectOf(ref)}::uuid, ${user_id}, ${role}, ${session_id}, ${request_id}, ${allow_archived}, ${key_hash ?? null})`,
)

/** Checks, under the lock, that the row by which the guard found the project still belongs to it. */
const requireUnmoved = prepareCall(({ kind, id }: { kind: string; id: string }) => sql`require_unmoved(${kind}, ${id})`)

function guardsOf({ db, actor, request_id }: Ctx, { checks = [], also_locks, ...guard }: Guard): Statement[] {
  const { user_id, session_id, key_hash } = actor
  const movable = movableOf(guard)
  const lockLower = (other: SQL) =>
    sql`select lock_lower(${projectOf(guard)}::uuid, ${other}::uuid, ${user_id}, ${session_id}, ${key_hash ?? null})`
  return [
    ...(also_locks ? [db.primary.execute(lockLower(also_locks))] : []),
    requireRole({ allow_archived: false, ...guard, user_id, session_id, key_hash, request_id }),
    ...(movable ? [requireUnmoved(movable)] : []),
    ...checks,
  ]
}

/**
 * What the transaction did, read inside it: the head, its journal rows, and any warning (drizzle/functions/writes.sql).
 */
const selectOutcome = prepareCall(({ created }: { created?: string }) =>
  sql`write_outcome(${created ?? null}::uuid, ${CARRIED})`.mapWith(fromJson<Done>),
)

/**
 * The result of `write_outcome` as one JSON value: to describe a column for each field would take more bytes than the
 * fields.
 */
type Done = {
  head: number | null
  epoch: string | null
  warning: Warning | null
  /** Projects with pending work (add_pending_act in drizzle/functions/acts.sql). */
  left: string[] | null
  /** The people to notify, some of them more than once (note_notified in drizzle/functions/notifications.sql). */
  notified: string[]
  events: Event[] | null
  /** The ids of the webhooks that are to send these events. */
  webhooks: string[] | null
}

export type Written<R> = { results: R; events: Event[]; head: number; warnings: Warning[]; stored?: Json }

/**
 * The only way to change a project's data: a guard and the change, in one HTTP request and one
 * transaction (I1), then the announcement of what the journal recorded (I3). For a project that this
 * write itself creates, an active account suffices: pass its id as `created`. With `answer`, the write
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
  const whole: Statement[] = [...first, ...statements, selectOutcome({ created })]
  const { results, stored } = await transactIdempotently(
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
  await dropCachedAccess(ctx, events)
  const warnings = warning ? [warning] : []
  return { results: results.slice(first.length, -1) as unknown as BatchResponse<T>, events, head, warnings, stored }
}
