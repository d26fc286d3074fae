import { hashSecret } from '../auth/tokens.ts'
import { read } from '../db/read.ts'
import { transact } from '../db/transact.ts'
import type { Ctx } from '../env.ts'
import { invalid } from '../errors.ts'
import { only } from '../outcome.ts'
import type { Join } from './connection.ts'
import * as q from './queries.ts'
import { canReplay, parseSince, type ResumePoint } from './replay.ts'

type Holder = Pick<Join, 'user_id' | 'session_id' | 'expires_at'>
type Admission = { holder: Holder; epoch: string; head: number }

/** By ticket: spent, and the membership checked, in one trip. */
async function admitTicket(ctx: Ctx, project_id: string, ticket: string): Promise<Admission> {
  const { orm } = ctx.db
  const [tickets, , heads] = await transact(ctx, [
    q.spendTicket(orm, hashSecret(ticket)),
    q.requireTicketHolder(orm, project_id),
    q.selectHead(orm, project_id),
  ])
  const { access_expires_at, ...holder } = only(tickets)
  return { holder: { ...holder, expires_at: new Date(access_expires_at).getTime() }, ...only(heads) }
}

async function admitBearer(ctx: Ctx, project_id: string): Promise<Admission> {
  const [heads] = await read(ctx, { project: project_id }, [q.selectHead(ctx.db.snapshot, project_id)])
  const { user_id, session_id, expires_at } = ctx.actor
  return { holder: { user_id, session_id, expires_at }, ...only(heads) }
}

function resumePoint(since: string | undefined): ResumePoint | null {
  if (since === undefined) return null
  const point = parseSince(since)
  if (!point) throw invalid('since', 'must be <seq> or <epoch>:<seq>, as the board gave them')
  return point
}

/** Lets a socket in: who it is, where the project stands, and from where to replay. One trip. */
export async function openBoard(
  ctx: Ctx,
  project_id: string,
  input: { ticket?: string; since?: string },
): Promise<Omit<Join, 'place'>> {
  const since = resumePoint(input.since)
  const { holder, epoch, head } = await (input.ticket
    ? admitTicket(ctx, project_id, input.ticket)
    : admitBearer(ctx, project_id))
  const snapshot_required = since !== null && !canReplay(since, { epoch, head })
  return { project_id, ...holder, epoch, head, since: since?.seq ?? null, snapshot_required }
}
