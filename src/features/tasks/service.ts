import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { tasks } from '../../db/schema.ts'
import { decimal, isInYears, moment, prose } from '../../lib/fields.ts'
import { decodeCursor, PAGE_BYTES, toSizedPage } from '../../lib/page.ts'
import { type Basis, type Expected, knownVersionOf, requireBasis } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import type { Statement } from '../../transaction/transact.ts'
import { type Written, write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import { fieldOf, keyOf, selectTasks, TITLE_MARK } from './lists.ts'
import * as q from './queries.ts'
import { type CreateTask, type ListTasks, type MoveTask, priority, type UpdateTask } from './schema.ts'

type TaskWrite = Written<[q.TaskOrSeq[], ...unknown[]]>

/** The task that a call has written (task_or_seq in drizzle/functions/writes.sql). Throws not_found for none. */
function taskOf({ results: [[written]], events }: TaskWrite): q.Task {
  const value = written?.value ?? null
  const row = typeof value === 'number' ? events.find(({ seq }) => seq === value)?.data : value
  return oneOrNotFound(row ? [row as q.Task] : [])
}

/** Adds a task at the bottom of its column; without a status, of the board's first column. */
export async function createTask(ctx: Ctx, input: CreateTask) {
  const id = uuid()
  const fields = JSON.stringify({ ...input, id, created_by: ctx.actor.user_id })
  const insert = q.insertTask({ fields, quota: ctx.config.QUOTA_TASKS })
  const answer = { status: 201, body: q.taskJson(id) } as const
  const written = await write(ctx, { project: input.project_id, role: 'contributor' }, [insert], answer)
  return toWriteResult(taskOf(written), written)
}

export async function getTask(ctx: Ctx, id: string) {
  const [rows] = await read(ctx, { task: id }, [q.selectTask(ctx.db.readOnly, id)])
  return oneOrNotFound(rows)
}

/** The values in a cursor of each order, validated here because SQL would fail on anything else. */
const KEYS = {
  created_at: z.uuid(),
  updated_at: moment,
  position: decimal,
  due_date: z.iso.date().refine(isInYears).nullable(),
  priority,
  title: z
    .string()
    .startsWith(TITLE_MARK)
    .transform((text) => text.slice(TITLE_MARK.length))
    .pipe(prose(160)),
}
const keySchemaOf = (sort: ListTasks['sort']) => z.tuple([KEYS[fieldOf(sort)], z.uuid()])

/** Tasks of a project, or mine in all projects. */
export async function listTasks(ctx: Ctx, { cursor, ...input }: ListTasks) {
  const { project_id, sort, limit } = input
  const after = decodeCursor(cursor, keySchemaOf(sort))
  const query = selectTasks(ctx.db.readOnly, { ...input, me: ctx.actor.user_id, after }, PAGE_BYTES)
  const [rows] = await read(ctx, project_id ? { project: project_id } : 'anyone', [query])
  return toSizedPage(rows, limit, (task) => keyOf(sort, task))
}

/** The check of the version that the client sent, if any. Also with an Idempotency-Key, as the task must then exist. */
function basisChecksOf(ctx: Ctx, id: string, basis: Basis, changes: object = {}): Statement[] {
  const known = basis.if_match !== undefined || basis.base_seq !== undefined || ctx.idempotency !== undefined
  return known ? [requireBasis(ctx, tasks, q.liveTask(id), basis, { ...changes })] : []
}

/** Edits a task. With `if_match` it must be unchanged; with `base_seq` the edits of others are merged. */
export async function updateTask(
  ctx: Ctx,
  id: string,
  { base_seq, base_project_id, ...changes }: UpdateTask,
  if_match?: Expected,
) {
  const checks = basisChecksOf(ctx, id, { if_match, base_seq, base_project_id }, changes)
  const known = { base_seq: base_seq ?? knownVersionOf(if_match), base_project_id }
  const update = q.updateTask({ id, fields: JSON.stringify(changes), ...known })
  const written = await write(ctx, { task: id, role: 'contributor', checks }, [update])
  return toWriteResult(taskOf(written), written)
}

/**
 * Moves a task next to a neighbour, or to the bottom of a column. The rank is computed under the project's lock (I6).
 */
export async function moveTask(ctx: Ctx, id: string, move: MoveTask, if_match?: Expected) {
  const checks = basisChecksOf(ctx, id, { if_match })
  const answer = { status: 200, body: q.taskJson(id) } as const
  const written = await write(ctx, { task: id, role: 'contributor', checks }, [q.moveTask({ ...move, id })], answer)
  return toWriteResult(taskOf(written), written)
}

/** Puts a task into the trash, from where it can be restored for `TRASH_DAYS`. */
export async function deleteTask(ctx: Ctx, id: string, if_match?: Expected) {
  return write(ctx, { task: id, role: 'editor' }, [
    requireBasis(ctx, tasks, q.liveTask(id), { if_match }, {}),
    q.trashTask(ctx.db.primary, id),
  ])
}

export async function restoreTask(ctx: Ctx, id: string, if_match?: Expected) {
  const statements = [
    requireBasis(ctx, tasks, q.trashedTask(id), { if_match }, {}),
    q.restoreTask(ctx.db.primary, id),
  ] as const
  const answer = { status: 200, body: q.taskJson(id) } as const
  const written = await write(ctx, { trashed_task: id, role: 'editor' }, [...statements], answer)
  return toWriteResult(oneOrNotFound(written.results[1]).row, written)
}
