import {
  and,
  arrayContains,
  arrayOverlaps,
  asc,
  desc,
  eq,
  inArray,
  isNotNull,
  isNull,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { resolveDay, todayOf } from '../../db/day.ts'
import { bytesBefore, jsonBytes } from '../../db/page.ts'
import { board_columns, labels, project_members, projects, tasks } from '../../db/schema.ts'
import { isOn } from '../../lib/fields.ts'
import { isReachable } from '../../transaction/authorize.ts'
import { hasChangedSince } from './changed.ts'
import { taskColumns } from './queries.ts'
import type { ListTasks, SORTS, taskFilters } from './schema.ts'

type Orm = Database['primary']
type Sort = (typeof SORTS)[number]
type Field = Exclude<Sort, `-${string}`>
type Task = typeof tasks.$inferSelect
/** The place of a task in an order, which a cursor contains: the value it is sorted by, and its id. */
export type TaskKey = [value: string | null, id: string]

type Value = { by: SQL; of: (key: string | null) => SQL; nullable?: true }
const castTo = (type: string) => (key: string | null) => sql`${key}::${sql.raw(type)}`

/**
 * What tasks are sorted by: `by`, the value of a row, and `of`, that of a cursor. The id always comes last, so that a
 * page can begin right after the one before (keyset). Each order has its index.
 */
const VALUES: Record<Field, Value> = {
  created_at: { by: sql`${tasks.id}`, of: castTo('uuid') },
  updated_at: { by: sql`${tasks.updated_at}`, of: castTo('timestamptz') },
  position: { by: sql`${tasks.position}`, of: castTo('numeric') },
  due_date: { by: sql`${tasks.due_date}`, of: castTo('date'), nullable: true },
  priority: { by: sql`priority_rank(${tasks.priority})`, of: (key) => sql`priority_rank(${key})` },
  title: { by: sql`title_order(${tasks.title}) collate "C"`, of: (key) => sql`title_order(${key}) collate "C"` },
}

const isDescending = (sort: Sort) => sort.startsWith('-')
export const fieldOf = (sort: Sort) => sort.replace('-', '') as Field // a sort is a field, or `-` and a field

/** Characters of a title that its place depends on: `title_order` looks no further. */
const TITLE_ORDER = 80

/** What the title in a cursor begins with: the values of other orders would be titles, too. */
export const TITLE_MARK = 'title:'

export function keyOf(sort: Sort, task: Task): TaskKey {
  const field = fieldOf(sort)
  if (field === 'created_at') return [task.id, task.id]
  if (field === 'title') return [TITLE_MARK + [...task.title].slice(0, TITLE_ORDER).join(''), task.id]
  return [task[field], task.id]
}

/** The tasks of a project; or, without one, those assigned to `me` in projects of which `me` is (still) a member. */
const scopeOf = ({ project_id, include_archived }: Shared, me: string) =>
  project_id
    ? eq(tasks.project_id, project_id)
    : and(
        arrayContains(tasks.assignee_ids, [me]),
        sql`exists (select 1 from ${project_members} where ${project_members.project_id} = ${tasks.project_id} and ${eq(project_members.user_id, me)})`,
        isOn(include_archived)
          ? undefined
          : sql`exists (select 1 from ${projects} where ${projects.id} = ${tasks.project_id} and ${projects.status} <> 'archived')`,
        isReachable(tasks.project_id),
      )

/**
 * Whether `q` is part of the title or the number. Escaped after `unaccented`, which makes % and _ of their wide forms.
 */
const hasText = (q: string) => {
  const pattern = sql`'%' || regexp_replace(unaccented(${q}), '([\\\\%_])', '\\\\\\1', 'g') || '%'`
  return or(sql`unaccented(${tasks.title}) like ${pattern}`, sql`unaccented(${tasks.number}) like ${pattern}`)
}

/** Tasks in columns of these categories; with `open`, only in columns whose tasks are not done or cancelled. */
const isInColumnOf = (categories: Filters['status_category'], open: boolean) =>
  categories || open
    ? sql`exists (select 1 from ${board_columns} where ${and(
        sql`${board_columns.project_id} = ${tasks.project_id} and ${board_columns.key} = ${tasks.status}`,
        categories && inArray(board_columns.category, categories),
        open ? sql`not is_final(${board_columns.category})` : undefined,
      )})`
    : undefined

function isAssignedTo(people: Filters['assignee_id'] = []) {
  const ids = people.filter((person) => person !== 'none')
  return or(
    ids.length > 0 ? arrayOverlaps(tasks.assignee_ids, ids) : undefined,
    people.includes('none') ? eq(tasks.assignee_ids, []) : undefined,
  )
}

/** Tasks with any of these labels. A label that was deleted is on no task. */
const hasLabel = (ids: string[]) =>
  sql`${tasks.label_ids} && array(select ${labels.id} from ${labels} where ${inArray(labels.id, ids)})`

type Filters = Omit<ListTasks, 'cursor' | 'limit' | 'sort'>
type Shared = Pick<Filters, keyof typeof taskFilters>

/** The filters that a list and a search have in common, without the project. */
export const filterOf = (input: Omit<Shared, 'project_id'>, open = input.include_done === 'false') =>
  and(
    input.status && inArray(tasks.status, input.status),
    isInColumnOf(input.status_category, open),
    isAssignedTo(input.assignee_id),
    input.label_id && hasLabel(input.label_id),
    isOn(input.archived) ? isNotNull(tasks.archived_at) : undefined,
    input.priority && inArray(tasks.priority, input.priority),
  )

const listFilterOf = (input: Filters, me: string) =>
  and(
    scopeOf(input, me),
    filterOf(input, input.include_done === 'false' || isOn(input.overdue)),
    isOn(input.deleted) ? isNotNull(tasks.deleted_at) : isNull(tasks.deleted_at),
    isOn(input.deleted) || isOn(input.archived) ? undefined : isNull(tasks.archived_at),
    input.parent_id ? eq(tasks.parent_id, input.parent_id) : undefined,
    input.is_blocked && (isOn(input.is_blocked) ? sql`is_blocked` : sql`not is_blocked`),
    input.due_before ? sql`${tasks.due_date} < ${resolveDay(input.due_before, undefined, me)}` : undefined,
    input.due_after ? sql`${tasks.due_date} > ${resolveDay(input.due_after, undefined, me)}` : undefined,
    isOn(input.overdue) ? sql`${tasks.due_date} < ${todayOf(me)}` : undefined,
    input.updated_since ? hasChangedSince(input.project_id, input.updated_since) : undefined,
    input.q ? hasText(input.q) : undefined,
  )

/**
 * The tasks after a key, as ranges of an index. Tasks without a value come last in either direction, so they are a
 * second range.
 */
function rangesOf(sort: Sort, [value, id]: TaskKey | [undefined, undefined]): SQL[] {
  const { by, of, nullable } = VALUES[fieldOf(sort)]
  const beyond = isDescending(sort) ? sql`<` : sql`>`
  const rest = value ? sql`(${by}, ${tasks.id}) ${beyond} (${of(value)}, ${id}::uuid)` : sql`true`
  if (!nullable) return [rest]
  const without = sql`${by} is null`
  if (value === null) return [sql`${without} and ${tasks.id} ${beyond} ${id}::uuid`]
  return [sql`${by} is not null and ${rest}`, without]
}

type TaskList = Omit<ListTasks, 'cursor'> & { me: string; after?: TaskKey }

/**
 * Tasks in their order: at most `limit` + 1, and fewer if their texts exceed `bytes`; `found` counts them before that
 * cut. The first cut is by lengths, which Postgres knows without reading a text; the second, of what is left, by the
 * bytes of the JSON.
 */
export function selectTasks(orm: Orm, { me, after, sort, limit, ...filters }: TaskList, bytes: number) {
  const { by, nullable } = VALUES[fieldOf(sort)]
  const direction = isDescending(sort) ? desc : asc
  const orderInRange = [direction(by), direction(tasks.id)]
  const order = sql.join([...(nullable ? [sql`${by} is null`] : []), ...orderInRange], sql`, `)
  const where = listFilterOf(filters, me)
  const ranges = rangesOf(sort, after ?? [undefined, undefined]).map((range) => {
    const query = orm.select().from(tasks)
    return sql`(${query
      .where(and(where, range))
      .orderBy(...orderInRange)
      .limit(limit + 1)})`
  })
  const found = sql`select * from (${sql.join(ranges, sql` union all `)}) as tasks order by ${order} limit ${limit + 1}`
  const length = sql`octet_length(${tasks.title}) + octet_length(${tasks.description})`
  const short = sql`select *, count(*) over () as found, ${bytesBefore(length, order)} as length_before from (${found}) as tasks`
  const size = sql`${jsonBytes(tasks.title)} + ${jsonBytes(tasks.description)}`
  const sized = sql`select ${tasks.id} as sized_id, found, ${bytesBefore(size, order)} as before from (${short}) as tasks where length_before <= ${bytes}`
  return orm
    .select({ ...taskColumns, found: sql`found`.mapWith(Number) })
    .from(tasks)
    .innerJoin(sql`(${sized}) as sized`, sql`${tasks.id} = sized_id`)
    .where(sql`before <= ${bytes}`)
    .orderBy(order)
}
