import { eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import { prepareCall } from '../../db/prepared-statement.ts'
import { tasks } from '../../db/schema.ts'
import type { EditBase } from '../../lib/fields.ts'
import { baseOf } from '../../transaction/expect-version.ts'
import { isLive, isTrashed, otherTaskId, taskId } from '../../transaction/project-ref.ts'
import type { MoveTask } from './schema.ts'

type Orm = Database['primary']

/** How `requireBasis` finds a task and its project, out of the trash or in it. */
export const liveTask = (id: string) => ({ task: id, where: isLive(id) })
export const trashedTask = (id: string) => ({ trashed_task: id, where: isTrashed(id) })

/** Neither in the trash nor archived. */
export const isOnBoard = sql`${tasks.deleted_at} is null and ${tasks.archived_at} is null`
/**
 * Tasks that progress counts: not those that were archived unfinished, as in reports (drizzle/functions/reports.sql).
 */
export const isCounted = sql`${tasks.deleted_at} is null and (${tasks.archived_at} is null or ${tasks.completed_at} is not null)`

/** A task's labels without those that are gone (drizzle/functions/labels.sql). */
const presentLabels = sql`case when ${tasks.label_ids} = '{}' then ${tasks.label_ids} else present_labels(${tasks.project_id}, ${tasks.label_ids}) end`

/** A task as it is shown. */
export const taskColumns = { ...getTableColumns(tasks), label_ids: presentLabels.mapWith(tasks.label_ids) }

export const selectTask = (orm: Orm, id: string) => orm.select(taskColumns).from(tasks).where(isLive(id))

export type Task = typeof tasks.$inferSelect
/** A task that was written, or the seq of the event that contains it; null when it is gone. */
export type TaskOrSeq = { value: Task | number | null }

const asTask = fromJson<Task>
const asTaskOrSeq = fromJson<Task | number>
/** A written row as JSON, as in the journal: one value, so that Postgres need not describe twenty columns. */
const asJson = { row: sql`written_task(${tasks})`.mapWith(asTask) }

/**
 * The database sets `number` and `position` under the project's lock. Fails with too_many_tasks when it has no room.
 */
export const insertTask = prepareCall(({ fields, quota }: { fields: string; quota: number }) =>
  sql`add_task(${fields}::jsonb, ${quota})`.mapWith(asTaskOrSeq),
)

/** A task as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores. */
export const taskJson = (id: string) => sql`(select written_task(t) from ${tasks} t where t.id = ${taskId(id)})`

type Edit = EditBase & { id: string; fields: string }

/** Returns null when the task is gone. `fields`: JSON. `base_seq`: the version from which a whole list was made. */
export const updateTask = prepareCall(({ id, fields, ...base }: Edit) =>
  sql`edit_task(${id}, ${fields}::jsonb, ${baseOf(base)})`.mapWith(asTaskOrSeq),
)

const neighbourIdOf = (neighbour: string | undefined) => (neighbour === undefined ? sql`null` : otherTaskId(neighbour))

/** Returns null when the task is gone. Fails with task_not_found for a neighbour that is no task of its project. */
export const moveTask = prepareCall(({ id, status, before, after }: MoveTask & { id: string }) =>
  sql`move_task(${id}, ${status ?? null}, ${neighbourIdOf(before)}, ${neighbourIdOf(after)})`.mapWith(asTaskOrSeq),
)

export const trashTask = (orm: Orm, id: string) =>
  orm.update(tasks).set({ deleted_at: sql`clock_timestamp()` }).where(isLive(id)).returning(asJson)

export const restoreTask = (orm: Orm, id: string) =>
  orm
    .update(tasks)
    .set({ deleted_at: null })
    .where(eq(tasks.id, taskId(id)))
    .returning(asJson)

/** Deletes tasks that have been in a project's trash since before `cutoff`, with events: at most `batch` rows. */
export const purgeTrash = (orm: Orm, project_id: string, cutoff: string, batch: number) =>
  orm.select({ rows: sql<number>`purge_trash(${project_id}::uuid, ${cutoff}::timestamptz, ${batch})` }).from(nothing)
