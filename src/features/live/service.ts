import type { Ctx } from '../../context.ts'
import type { Database } from '../../db/client.ts'
import { AppError, invalid } from '../../lib/errors.ts'
import type { InboxJoin, Join } from '../../live/connection.ts'
import { canReplay, parseSince, type ResumePoint } from '../../live/replay.ts'
import { userQuota } from '../../redis/rate-quotas.ts'
import { hashSecret, isTicket } from '../../security/tokens.ts'
import { read } from '../../transaction/read.ts'
import { type Statement, transact } from '../../transaction/transact.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { keyEnd } from '../keys/queries.ts'
import * as q from './queries.ts'

type Orm = Database['primary']
type Holder = Pick<InboxJoin, 'user_id' | 'session_id' | 'by_key' | 'expires_at'>
type Heads = ReturnType<typeof q.selectHead> | ReturnType<typeof q.selectInboxHead>
/** The target of a socket: the check of access, in the transaction that knows the actor, and the head. */
type Stream = { check: (orm: Orm) => Statement; head: (orm: Orm) => Heads }
/** Which region serves the socket is the route's to say: it has seen the request. */
type WithoutPlace<T> = Omit<T, 'place'>
type Connect = { ticket?: string; since?: string }

/** By ticket: spent, and access checked, in one trip. */
async function admitTicket(ctx: Ctx, { check, head }: Stream, ticket: string) {
  const { primary } = ctx.db
  if (!isTicket(ctx.config, ticket)) throw new AppError('ticket_invalid') // made up: nobody is asked
  const [tickets, , heads] = await transact(ctx, [
    q.spendTicket(primary, hashSecret(ticket)),
    check(primary),
    head(primary),
  ])
  const { access_expires_at, ...held } = oneOrNotFound(tickets)
  ctx.limits.consume(userQuota(ctx.config, held.user_id)) // only now is it known whose ticket it was
  const holder: Holder = { ...held, expires_at: new Date(access_expires_at).getTime() }
  return { ...holder, ...oneOrNotFound(heads) }
}

async function admitBearer(ctx: Ctx, { check, head }: Stream) {
  const { readOnly } = ctx.db
  const { user_id, session_id, key_hash } = ctx.actor
  const by_key = key_hash !== undefined
  const [, heads, ends] = await read(ctx, 'anyone', [check(readOnly), head(readOnly), keyEnd(readOnly, session_id)])
  const expires_at = by_key ? new Date(oneOrNotFound(ends).end).getTime() : ctx.actor.expires_at
  return { user_id, session_id, by_key, expires_at, ...oneOrNotFound(heads) }
}

function resumePoint(since: string | undefined): ResumePoint | null {
  if (since === undefined) return null
  const point = parseSince(since)
  if (!point) throw invalid('since', 'must be <seq> or <epoch>:<seq>, as the board or the inbox returned them')
  return point
}

/** Lets a socket in: who it is, where its stream stands, and from where to replay. One trip. */
async function admit(ctx: Ctx, stream: Stream, input: Connect): Promise<WithoutPlace<InboxJoin>> {
  const since = resumePoint(input.since)
  const admitted = await (input.ticket ? admitTicket(ctx, stream, input.ticket) : admitBearer(ctx, stream))
  const snapshot_required = since !== null && !canReplay(since, admitted)
  return { ...admitted, since: since?.seq ?? null, snapshot_required }
}

/** The live board of a project, for who may read it. */
export async function openBoard(ctx: Ctx, project_id: string, input: Connect): Promise<WithoutPlace<Join>> {
  const stream: Stream = {
    check: (orm) => q.requireReader(orm, project_id),
    head: (orm) => q.selectHead(orm, project_id),
  }
  return { project_id, ...(await admit(ctx, stream, input)) }
}

/** A person's own notifications. Anybody else's are not found. */
export const openInbox = (ctx: Ctx, user_id: string, input: Connect): Promise<WithoutPlace<InboxJoin>> =>
  admit(ctx, { check: (orm) => q.requireSelf(orm, user_id), head: (orm) => q.selectInboxHead(orm, user_id) }, input)
