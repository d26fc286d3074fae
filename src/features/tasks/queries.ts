import { eq, getTableColumns, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { daysOf } from '../../db/day.ts'
import { fromJson } from '../../db/json.ts'
import { preparedCall, preparedStatement } from '../../db/prepared-statement.ts'
import { board_columns, tasks } from '../../db/schema.ts'
import { isLive, isTrashed, taskId } from '../../transaction/project-ref.ts'
import type { MoveTask, SetChanges, SetColumn } from './schema.ts'

type Orm = Database['primary']

/** A task, as a check finds it and its project. */
export const liveTask = (id: string) => ({ task: id, where: isLive(id) })
export const trashedTask = (id: string) => ({ trashed_task: id, where: isTrashed(id) })

/** A task's labels without those that are gone (drizzle/functions/labels.sql). */
const presentLabels = sql`case when ${tasks.label_ids} = '{}' then ${tasks.label_ids} else present_labels(${tasks.project_id}, ${tasks.label_ids}) end`

/** A task as it is shown. */
export const taskColumns = { ...getTableColumns(tasks), label_ids: presentLabels.mapWith(tasks.label_ids) }

export const selectTask = (orm: Orm, id: string) => orm.select(taskColumns).from(tasks).where(isLive(id))

const asTask = fromJson<typeof tasks.$inferSelect>
/** A written row as the journal has it: one value to read, where twenty columns would have to be described. */
const asJson = { row: sql`written_task(${tasks})`.mapWith(asTask) }
const one = sql`(select 1) as one`

type NewTask = Omit<typeof tasks.$inferInsert, 'number' | 'status' | 'position'> & { status?: string; quota: number }

/** `number` and `position` are given by the database, under the project's lock: too_many_tasks when it has no room. */
export const insertTask = preparedStatement((orm, { status, quota, ...task }: NewTask) =>
  orm
    .insert(tasks)
    .values({
      ...task,
      ...daysOf(task),
      number: sql`room_for_task(${task.project_id}::uuid, ${quota})`,
      position: sql`null`,
      status:
        status ??
        sql`(select ${board_columns.key} from ${board_columns} where ${eq(board_columns.project_id, task.project_id)} and pending is distinct from 'deletion' order by ${board_columns.position} limit 1)`,
    })
    .returning(asJson),
)

/** A task as JSON, made inside the transaction: what a keyed write keeps as its answer. */
export const taskJson = (id: string) => sql`(select written_task(t) from ${tasks} t where t.id = ${taskId(id)})`

/** `known_seq` is of the copy from which a whole list was made. */
type Changes = Partial<typeof tasks.$inferInsert> & { id: string; known_seq?: number } & SetChanges

/** The set that the database makes of a change, under the lock; nothing where none is asked for. */
function setOf(column: SetColumn, { [column]: whole, known_seq, ...changes }: Omit<Changes, 'id'>) {
  const { [`add_${column}` as const]: added, [`remove_${column}` as const]: removed } = changes
  const ids = (list: string[] = []) => sql`${sql.param(list, tasks[column])}`
  if (whole)
    return {
      [column]: sql`set_after(${tasks.project_id}, ${tasks.id}, ${column}, ${tasks[column]}, ${ids(whole)}, ${known_seq ?? null}::bigint)`,
    }
  return (added || removed) && { [column]: sql`people_with(${tasks[column]}, ${ids(added)}, ${ids(removed)})` }
}

/** A new status takes the task to the bottom of that column; the present one leaves it in its place. */
export const updateTask = preparedStatement((orm, { id, status, ...changes }: Changes) => {
  return orm
    .update(tasks)
    .set({
      id: sql`${tasks.id}`, // so that an empty change is valid SQL
      ...changes, // drizzle passes over what is no column
      ...daysOf(changes),
      ...setOf('assignee_ids', changes),
      ...setOf('label_ids', changes),
      ...(status !== undefined && { status, position: rankUnlessSame(status) }),
    })
    .where(isLive(id))
    .returning(asJson)
})

const rankUnlessSame = (status: string) =>
  sql`case when ${tasks.status} = ${status} then ${tasks.position} else task_rank(${tasks.project_id}, ${status}, ${tasks.id}) end`

/** The task, null when it is gone. Both neighbours must be tasks of its project: task_not_found. */
export const moveTask = preparedCall(({ id, status, before, after }: MoveTask & { id: string }) =>
  sql`move_task(${id}, ${status ?? null}, ${before ?? null}::uuid, ${after ?? null}::uuid)`.mapWith(asTask),
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
  orm.select({ rows: sql<number>`purge_trash(${project_id}::uuid, ${cutoff}::timestamptz, ${batch})` }).from(one)
