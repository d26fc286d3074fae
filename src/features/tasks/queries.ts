import { and, arrayContains, asc, desc, eq, getTableColumns, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { askedDay, daysOf } from '../../db/day.ts'
import { fromJson } from '../../db/json.ts'
import { bytesBefore } from '../../db/page.ts'
import { preparedStatement } from '../../db/prepared-statement.ts'
import { board_columns, project_members, tasks } from '../../db/schema.ts'
import { inReach } from '../../transaction/authorize.ts'
import { isLive, isTrashed } from '../../transaction/project-ref.ts'
import { changedSince } from './changed.ts'
import type { ListTasks, MoveTask, SORTS } from './schema.ts'

type Orm = Database['primary']

/** A task, as a check finds it and its project. */
export const liveTask = (id: string) => ({ task: id, where: isLive(id) })
export const trashedTask = (id: string) => ({ trashed_task: id, where: isTrashed(id) })

export const selectTask = (orm: Orm, id: string) => orm.select().from(tasks).where(isLive(id))

/** A written row as the journal has it: one value to read, where twenty columns would have to be described. */
const asJson = { row: sql`journal_row(to_jsonb(${tasks}))`.mapWith(fromJson<typeof tasks.$inferSelect>) }

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
export const taskJson = (id: string) => sql`(select journal_row(to_jsonb(t)) from ${tasks} t where t.id = ${id})`

type Changes = Partial<typeof tasks.$inferInsert> & { id: string } & People

/** Who is to be assigned: a whole list, or single people to add and to take off. `known_seq` is of the list's base. */
type People = {
  assignee_ids?: string[]
  add_assignee_ids?: string[]
  remove_assignee_ids?: string[]
  known_seq?: number
}

const people = (ids: string[] | undefined) => sql`${sql.param(ids ?? [], tasks.assignee_ids)}`

/** The set that the database makes of it, under the lock. */
function assignees({ assignee_ids, add_assignee_ids, remove_assignee_ids, known_seq }: People) {
  const present = tasks.assignee_ids
  if (assignee_ids)
    return sql`assignees_after(${tasks.project_id}, ${tasks.id}, ${present}, ${people(assignee_ids)}, ${known_seq ?? null}::bigint)`
  if (!add_assignee_ids && !remove_assignee_ids) return undefined
  return sql`people_with(${present}, ${people(add_assignee_ids)}, ${people(remove_assignee_ids)})`
}

/** A new status takes the task to the bottom of that column; the present one leaves it in its place. */
export const updateTask = preparedStatement((orm, { id, status, ...changes }: Changes) => {
  const { assignee_ids, add_assignee_ids, remove_assignee_ids, known_seq, ...fields } = changes
  const set = assignees({ assignee_ids, add_assignee_ids, remove_assignee_ids, known_seq })
  return orm
    .update(tasks)
    .set({
      id: sql`${tasks.id}`, // so that an empty change is valid SQL
      ...fields,
      ...daysOf(fields),
      ...(set && { assignee_ids: set }),
      ...(status !== undefined && { status, position: rankUnlessSame(status) }),
    })
    .where(isLive(id))
    .returning(asJson)
})

const rankUnlessSame = (status: string) =>
  sql`case when ${tasks.status} = ${status} then ${tasks.position} else task_rank(${tasks.project_id}, ${status}, ${tasks.id}) end`

export const moveTask = preparedStatement((orm, { id, status, before, after }: MoveTask & { id: string }) => {
  const column = status === undefined ? sql`${tasks.status}` : sql`${status}`
  const position = sql`task_rank(${tasks.project_id}, ${column}, ${tasks.id}, ${before ?? null}::uuid, ${after ?? null}::uuid)`
  return orm.update(tasks).set({ status: column, position }).where(isLive(id)).returning(asJson)
})

/** Of the project that the guard has found: the task itself may have gone while the guard waited, which is for the move to say. */
export const requireNeighbours = (orm: Orm, { before, after }: MoveTask) => {
  const project = sql`current_setting('flowtrack.project')::uuid`
  return orm.execute(
    sql`select require_neighbour(${project}, ${before ?? null}::uuid, 'before'), require_neighbour(${project}, ${after ?? null}::uuid, 'after')`,
  )
}

export const trashTask = (orm: Orm, id: string) =>
  orm.update(tasks).set({ deleted_at: sql`clock_timestamp()` }).where(isLive(id)).returning(asJson)

export const restoreTask = (orm: Orm, id: string) =>
  orm.update(tasks).set({ deleted_at: null }).where(eq(tasks.id, id)).returning(asJson)

type Sort = (typeof SORTS)[number]
export type TaskKey = [string, string]

/** Each order is a pair of columns, so that a page can begin right after the last one (keyset). */
const ORDERS = {
  created_at: { by: sql`${tasks.id}`, type: sql`uuid`, down: false },
  '-created_at': { by: sql`${tasks.id}`, type: sql`uuid`, down: true },
  updated_at: { by: sql`${tasks.updated_at}`, type: sql`timestamptz`, down: false },
  '-updated_at': { by: sql`${tasks.updated_at}`, type: sql`timestamptz`, down: true },
  position: { by: sql`${tasks.position}`, type: sql`numeric`, down: false },
} as const satisfies Record<Sort, { by: SQL; type: SQL; down: boolean }>

/** Where in its order a task stands: the inside of a cursor. */
export const keyOf = (sort: Sort, task: typeof tasks.$inferSelect): TaskKey => {
  if (sort === 'position') return [task.position, task.id]
  return [sort.endsWith('updated_at') ? task.updated_at : task.id, task.id]
}

function afterKey(sort: Sort, [value, id]: TaskKey) {
  const { by, type, down } = ORDERS[sort]
  return sql`(${by}, ${tasks.id}) ${down ? sql`<` : sql`>`} (${value}::${type}, ${id}::uuid)`
}

/** Whose tasks: a project's, or those assigned to me where I am (still) a member. */
const scopeOf = (project_id: string | undefined, me: string) =>
  project_id
    ? eq(tasks.project_id, project_id)
    : and(
        arrayContains(tasks.assignee_ids, [me]),
        sql`exists (select 1 from ${project_members} where ${project_members.project_id} = ${tasks.project_id} and ${eq(project_members.user_id, me)})`,
        inReach(tasks.project_id),
      )

/** What is typed stands for itself. It is escaped once it is folded: that makes wildcards of their wide forms. */
const contains = (q: string) => {
  const pattern = sql`'%' || regexp_replace(folded(${q}), '([\\\\%_])', '\\\\\\1', 'g') || '%'`
  return or(sql`folded(${tasks.title}) like ${pattern}`, sql`folded(${tasks.number}) like ${pattern}`)
}

type TaskList = Omit<ListTasks, 'cursor'> & { me: string; after?: TaskKey }

const matching = (orm: Orm, { me, after, ...input }: TaskList) =>
  orm
    .select()
    .from(tasks)
    .where(
      and(
        scopeOf(input.project_id, me),
        input.deleted ? isNotNull(tasks.deleted_at) : isNull(tasks.deleted_at),
        input.status ? eq(tasks.status, input.status) : undefined,
        input.assignee_id ? arrayContains(tasks.assignee_ids, [input.assignee_id]) : undefined,
        input.priority ? eq(tasks.priority, input.priority) : undefined,
        input.parent_id ? eq(tasks.parent_id, input.parent_id) : undefined,
        input.due_before ? sql`${tasks.due_date} < ${askedDay(input.due_before, undefined, me)}` : undefined,
        input.due_after ? sql`${tasks.due_date} > ${askedDay(input.due_after, undefined, me)}` : undefined,
        input.updated_since ? changedSince(input.project_id, input.updated_since) : undefined,
        input.q ? contains(input.q) : undefined,
        after ? afterKey(input.sort, after) : undefined,
      ),
    )

/**
 * Tasks in their order: one more than `limit`, or as many as hold `bytes` of text; `found` counts what there
 * was before those were cut. The rows are sized inside the limit: a length asks for no text.
 */
export function selectTasks(orm: Orm, input: TaskList, bytes: number) {
  const { by, down } = ORDERS[input.sort]
  const direction = down ? desc : asc
  const order = [direction(by), direction(tasks.id)] as const
  const found = matching(orm, input)
    .orderBy(...order)
    .limit(input.limit + 1)
  const size = sql`octet_length(${tasks.title}) + octet_length(${tasks.description})`
  const before = bytesBefore(size, sql.join([...order], sql`, `))
  const sized = sql`select ${tasks.id} as sized_id, count(*) over () as found, ${before} as before from (${found}) as tasks`
  return orm
    .select({ ...getTableColumns(tasks), found: sql`found`.mapWith(Number) })
    .from(tasks)
    .innerJoin(sql`(${sized}) as sized`, sql`${tasks.id} = sized_id`)
    .where(sql`before <= ${bytes}`)
    .orderBy(...order)
}

/** Deletes tasks that have been in a project's trash since before `cutoff`, journalled: `batch` rows at most. */
export const purgeTrash = (orm: Orm, project_id: string, cutoff: string, batch: number) =>
  orm
    .select({ rows: sql<number>`purge_trash(${project_id}::uuid, ${cutoff}::timestamptz, ${batch})` })
    .from(sql`(select 1) as one`)
