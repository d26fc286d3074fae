import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { projects } from '../../db/schema.ts'
import { decodeCursor, PAGE_BYTES, toSizedPage } from '../../lib/page.ts'
import { readThroughCache, toLoaded } from '../../transaction/cached-read.ts'
import { type Expected, requireBasis } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { transact } from '../../transaction/transact.ts'
import { requireAdmin, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import { insertColumns, makeFirstColumns } from '../columns/queries.ts'
import { insertMember, requireActiveUser } from '../members/queries.ts'
import type { Project } from './answers.ts'
import * as q from './queries.ts'
import type { CreateProject, ListProjects, SetQuotas, UpdateProject } from './schema.ts'

/** My projects; every project for an administrator. */
export async function listProjects(ctx: Ctx, { cursor, status, limit }: ListProjects) {
  const before = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0]
  const query = q.selectProjects(ctx.db.readOnly, { me: ctx.actor.user_id, status, before, limit }, PAGE_BYTES)
  const [rows] = await read(ctx, 'anyone', [query])
  return toSizedPage(rows, limit, ({ id }) => [id])
}

/** The project of mine with this key; any project for an administrator. */
export async function getProjectByKey(ctx: Ctx, key: string) {
  const [rows] = await read(ctx, 'anyone', [q.selectProjectByKey(ctx.db.readOnly, ctx.actor.user_id, key)])
  return oneOrNotFound(rows)
}

export const getProject = (ctx: Ctx, project: string) =>
  readThroughCache<Project>(ctx, 'getProject', { project }, async (ctx) => {
    const [rows] = await read(ctx, { project }, [q.selectProject(ctx.db.readOnly, project)])
    const row = oneOrNotFound(rows)
    return toLoaded(row, row.seq)
  })

/** Creates a project with four columns, and its creator as manager. */
export async function createProject(ctx: Ctx, { key, ...input }: CreateProject) {
  const { primary } = ctx.db
  const { user_id } = ctx.actor
  const id = uuid()
  const statements = [
    q.requireRoomForProject(primary, user_id, ctx.config.QUOTA_PROJECTS),
    requireActiveUser(primary, user_id), // a deletion of this account waits, and then finds the project
    q.insertProject(primary, {
      id,
      created_by: user_id,
      charged_to: user_id,
      ...input,
      key: key === undefined ? q.freeKeyOf(input.name) : q.chosenKey(key),
    }),
    insertMember(primary, { id: uuid(), project_id: id, user_id, role: 'manager' }),
    insertColumns(primary, makeFirstColumns(id, uuid)),
  ] as const
  const answer = { status: 201, body: q.projectJson(id) } as const
  const written = await write(ctx, { created: id }, [...statements], answer)
  return toWriteResult(oneOrNotFound(written.results[2]), written)
}

/**
 * Edits a project. An archived one can be edited only together with another status, which opens it again; to archive it
 * once more changes nothing.
 */
export async function updateProject(
  ctx: Ctx,
  id: string,
  { base_seq, ...changes }: UpdateProject,
  if_match?: Expected,
) {
  const reopens = changes.status !== undefined && changes.status !== 'archived'
  const setsOnlyStatus = Object.keys(changes).every((field) => field === 'status')
  const guard = { project: id, role: 'manager', allow_archived: reopens || setsOnlyStatus } as const
  const written = await write(ctx, guard, [
    requireBasis(ctx, projects, { project: id, where: q.isProject(id) }, { if_match, base_seq }, changes),
    q.updateProject(ctx.db.primary, id, changes),
  ])
  return toWriteResult(oneOrNotFound(written.results[1]), written)
}

/** Deletes a project with all that is in it. Its journal stays in the database, but nobody can read it. */
export function deleteProject(ctx: Ctx, id: string, if_match?: Expected) {
  return write(ctx, { project: id, role: 'manager', allow_archived: true }, [
    requireBasis(ctx, projects, { project: id, where: q.isProject(id) }, { if_match }, {}),
    q.deleteProject(ctx.db.primary, id),
  ])
}

/**
 * Sets quotas of a project, in place of the deployment's. Returns all that now apply. Logged, but not in the journal.
 */
export async function setQuotas(ctx: Ctx, id: string, input: SetQuotas) {
  const set = q.setQuotas(ctx.db.primary, id, input)
  const [, rows] = await transact(ctx, [requireAdmin(ctx), set, requireAdmin(ctx)]) // again after the wait for its lock
  const { quotas } = oneOrNotFound(rows)
  ctx.log.warn('quotas_set', { project_id: id, quotas, user_id: ctx.actor.user_id })
  const usual = {
    tasks: ctx.config.QUOTA_TASKS,
    columns: ctx.config.QUOTA_COLUMNS,
    labels: ctx.config.QUOTA_LABELS,
    members: ctx.config.QUOTA_MEMBERS,
    links: ctx.config.QUOTA_PROJECT_LINKS,
    comments: ctx.config.QUOTA_COMMENTS,
    items: ctx.config.QUOTA_ITEMS,
  }
  return { ...usual, ...quotas }
}
