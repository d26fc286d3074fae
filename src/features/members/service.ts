import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { project_members } from '../../db/schema.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { readThroughCache, toLoaded } from '../../transaction/cached-read.ts'
import { type Expected, requireVersion } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import type { MemberPage } from './answers.ts'
import * as q from './queries.ts'
import type { AddMember, ListMembers, UpdateMember } from './schema.ts'

export function listMembers(ctx: Ctx, project: string, { cursor, limit }: ListMembers) {
  const after = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  return readThroughCache<MemberPage>(ctx, 'listMembers', { project, of: [limit, after] }, async (ctx) => {
    const [rows] = await read(ctx, { project }, [
      q.selectMembers(ctx.db.readOnly, { project_id: project, after, limit }),
    ])
    return toLoaded(toPage(rows, limit, (member) => [member.user_id]))
  })
}

export async function getMember(ctx: Ctx, project_id: string, user_id: string) {
  const [rows] = await read(ctx, { project: project_id }, [q.selectMember(ctx.db.readOnly, project_id, user_id)])
  return oneOrNotFound(rows)
}

export async function addMember(ctx: Ctx, project_id: string, { user_id, role }: AddMember) {
  const { primary } = ctx.db
  const id = uuid()
  const statements = [
    q.requireActiveUser(primary, user_id),
    q.insertMember(primary, { id, project_id, user_id, role }),
    q.selectMember(primary, project_id, user_id),
    checkRoom(ctx, project_id, 'members'),
  ] as const
  const answer = { status: 201, body: q.memberJson(id) } as const
  const written = await write(ctx, { project: project_id, role: 'manager' }, [...statements], answer)
  return toWriteResult(oneOrNotFound(written.results[2]), written)
}

/** Changes a role, in an archived project too: what limits or ends access is always possible. */
export async function updateMember(
  ctx: Ctx,
  project_id: string,
  user_id: string,
  { role }: UpdateMember,
  if_match?: Expected,
) {
  const { primary } = ctx.db
  const written = await write(ctx, { project: project_id, role: 'manager', allow_archived: true }, [
    requireVersion(ctx, project_members, q.isMembership(project_id, user_id), if_match),
    q.updateMember(primary, project_id, user_id, role),
    q.selectMember(primary, project_id, user_id),
  ])
  return toWriteResult(oneOrNotFound(written.results[2]), written)
}

/**
 * Ends a membership and closes the person's sockets. They are removed from the assignees of their tasks: in the same
 * transaction if those are few, else in steps after it. Any member may leave, an archived project too; the last manager
 * may not (last_manager). To repeat the removal of somebody else without If-Match succeeds.
 */
export async function removeMember(ctx: Ctx, project_id: string, user_id: string, if_match?: Expected) {
  const { primary } = ctx.db
  const role = user_id === ctx.actor.user_id ? 'viewer' : 'manager'
  return write(ctx, { project: project_id, role, allow_archived: true }, [
    if_match === undefined
      ? q.requireEverMember(primary, project_id, user_id)
      : requireVersion(ctx, project_members, q.isMembership(project_id, user_id), if_match),
    q.deleteMember(primary, project_id, user_id),
  ])
}
