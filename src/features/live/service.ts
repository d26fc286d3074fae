import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/client.ts'
import { AppError, invalidAt } from '../../lib/errors.ts'
import type { InboxJoin, Join } from '../../live/connection.ts'
import { canReplay, parseSince, type ResumePoint } from '../../live/replay.ts'
import { apiKeyLimit, userLimit } from '../../redis/rate-limits.ts'
import { hashSecret, isTicket } from '../../security/tokens.ts'
import { read } from '../../transaction/read.ts'
import { type Statement, transact } from '../../transaction/transact.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { selectKeyEnd } from '../keys/queries.ts'
import * as q from './queries.ts'

type Orm = Database['primary']
type SocketOwner = Pick<InboxJoin, 'user_id' | 'session_id' | 'by_key' | 'expires_at'>
type Heads = ReturnType<typeof q.selectHead> | ReturnType<typeof q.selectInboxHead>
/** The target of a socket: the check of access, in the transaction that knows the actor, and the head. */
type Stream = { check: (orm: Orm) => Statement; head: (orm: Orm) => Heads }
/** Without the region that serves the socket: the route adds it, as it knows the request. */
type WithoutPlace<T> = Omit<T, 'place'>
type Connect = { ticket?: string; since?: string }

/** Spends a ticket and checks its holder's access, in one trip. Throws ticket_invalid. */
async function admitTicket(ctx: Ctx, { check, head }: Stream, ticket: string) {
  const { primary } = ctx.db
  if (!isTicket(ctx.config, ticket)) throw new AppError('ticket_invalid') // not made by us: Postgres need not be asked
  const [tickets, , heads] = await transact(ctx, [
    q.spendTicket(primary, hashSecret(ticket)),
    check(primary),
    head(primary),
  ])
  const { access_expires_at, ...held } = oneOrNotFound(tickets)
  const limit = held.by_key ? apiKeyLimit : userLimit
  ctx.limits.consume(limit(ctx.config, held.user_id)) // only now is it known whose ticket it was
  ctx.limits.confirmCredential()
  const holder: SocketOwner = { ...held, expires_at: new Date(access_expires_at).getTime() }
  return { ...holder, ...oneOrNotFound(heads) }
}

async function admitBearer(ctx: Ctx, { check, head }: Stream) {
  const { readOnly } = ctx.db
  const { user_id, session_id, key_hash } = ctx.actor
  const by_key = key_hash !== undefined
  const [, heads, ends] = await read(ctx, 'anyone', [
    check(readOnly),
    head(readOnly),
    selectKeyEnd(readOnly, session_id),
  ])
  const expires_at = by_key ? new Date(oneOrNotFound(ends).end).getTime() : ctx.actor.expires_at
  return { user_id, session_id, by_key, expires_at, ...oneOrNotFound(heads) }
}

/** How many events to be replayed count as one further request. */
const EVENTS_A_REQUEST = 100

function parseResumePoint(since: string | undefined): ResumePoint | null {
  if (since === undefined) return null
  const point = parseSince(since)
  if (!point) throw invalidAt('since', 'must be <seq> or <epoch>:<seq>, as the board or the inbox returned them')
  return point
}

/** Admits a socket, in one trip. Returns whose it is, the head of its stream, and from where to replay. */
async function admitSocket(ctx: Ctx, stream: Stream, input: Connect): Promise<WithoutPlace<InboxJoin>> {
  const since = parseResumePoint(input.since)
  const admitted = await (input.ticket ? admitTicket(ctx, stream, input.ticket) : admitBearer(ctx, stream))
  const snapshot_required = since !== null && !canReplay(since, admitted)
  if (since && !snapshot_required) ctx.limits.addCost(Math.floor((admitted.head - since.seq) / EVENTS_A_REQUEST))
  return { ...admitted, since: since?.seq ?? null, snapshot_required }
}

/** Admits a socket to the live board of a project that its holder may read. */
export async function openBoard(ctx: Ctx, project_id: string, input: Connect): Promise<WithoutPlace<Join>> {
  const stream: Stream = {
    check: (orm) => q.requireReader(orm, project_id),
    head: (orm) => q.selectHead(orm, project_id),
  }
  return { project_id, ...(await admitSocket(ctx, stream, input)) }
}

/** Admits a socket to the inbox of its holder. Throws not_found for another person's. */
export const openInbox = (ctx: Ctx, user_id: string, input: Connect): Promise<WithoutPlace<InboxJoin>> =>
  admitSocket(
    ctx,
    { check: (orm) => q.requireSelf(orm, user_id), head: (orm) => q.selectInboxHead(orm, user_id) },
    input,
  )
