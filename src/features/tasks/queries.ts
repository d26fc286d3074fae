import { eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { fromJson } from '../../db/json.ts'
import { nothing } from '../../db/nothing.ts'
import { preparedCall } from '../../db/prepared-statement.ts'
import { tasks } from '../../db/schema.ts'
import { isLive, isTrashed, otherTaskId, taskId } from '../../transaction/project-ref.ts'
import type { MoveTask } from './schema.ts'

type Orm = Database['primary']

/** A task, as a check finds it and its project. */
export const liveTask = (id: string) => ({ task: id, where: isLive(id) })
export const trashedTask = (id: string) => ({ trashed_task: id, where: isTrashed(id) })

/** Neither in the trash nor archived. */
export const isOnBoard = sql`${tasks.deleted_at} is null and ${tasks.archived_at} is null`
/** What numbers count: one that was archived unfinished is as in the trash (drizzle/functions/reports.sql). */
export const counts = sql`${tasks.deleted_at} is null and (${tasks.archived_at} is null or ${tasks.completed_at} is not null)`

/** A task's labels without those that are gone (drizzle/functions/labels.sql). */
const presentLabels = sql`case when ${tasks.label_ids} = '{}' then ${tasks.label_ids} else present_labels(${tasks.project_id}, ${tasks.label_ids}) end`

/** A task as it is shown. */
export const taskColumns = { ...getTableColumns(tasks), label_ids: presentLabels.mapWith(tasks.label_ids) }

export const selectTask = (orm: Orm, id: string) => orm.select(taskColumns).from(tasks).where(isLive(id))

export type Task = typeof tasks.$inferSelect
/** A task that was written, or the seq of the event that has it. */
export type ToldTask = { value: Task | number | null }

const asTask = fromJson<Task>
const asTold = fromJson<Task | number>
/** A written row as the journal has it: one value to read, where twenty columns would have to be described. */
const asJson = { row: sql`written_task(${tasks})`.mapWith(asTask) }

/** `number` and `position` are given by the database, under the project's lock: too_many_tasks when it has no room. */
export const insertTask = preparedCall(({ fields, quota }: { fields: string; quota: number }) =>
  sql`add_task(${fields}::jsonb, ${quota})`.mapWith(asTold),
)

/** A task as JSON, made inside the transaction: what a keyed write keeps as its answer. */
export const taskJson = (id: string) => sql`(select written_task(t) from ${tasks} t where t.id = ${taskId(id)})`

type Edit = { id: string; fields: string; known_seq?: number }

/** The task, null when it is gone. `fields`: JSON; `known_seq` is of the copy from which a whole list was made. */
export const updateTask = preparedCall(({ id, fields, known_seq }: Edit) =>
  sql`edit_task(${id}, ${fields}::jsonb, ${known_seq ?? null}::bigint)`.mapWith(asTold),
)

const placed = (neighbour: string | undefined) => (neighbour === undefined ? sql`null` : otherTaskId(neighbour))

/** The task, null when it is gone. Both neighbours must be tasks of its project: task_not_found. */
export const moveTask = preparedCall(({ id, status, before, after }: MoveTask & { id: string }) =>
  sql`move_task(${id}, ${status ?? null}, ${placed(before)}, ${placed(after)})`.mapWith(asTold),
)

export const trashTask = (orm: Orm, id: string) =>
  orm.update(tasks).set({ deleted_at: sql`clock_timestamp()` }).where(isLive(id)).returning(asJson)

export const restoreTask = (orm: Orm, id: string) =>
  orm
    .update(tasks)
    .set({ deleted_at: null })
    .where(eq(tasks.id, taskId(id)))
    .returning(asJson)

/** Deletes tasks that have been in a project's trash since before `cutoff`, journalled: `batch` rows at most. */
export const purgeTrash = (orm: Orm, project_id: string, cutoff: string, batch: number) =>
  orm.select({ rows: sql<number>`purge_trash(${project_id}::uuid, ${cutoff}::timestamptz, ${batch})` }).from(nothing)
