import * as z from 'zod'
import { PRIORITIES } from '../../db/schema.ts'
import { base, base_seq, day, flag, id, line, moment, prose, requireBaseSeq, severalOf } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleIds } from '../../lib/request-examples.ts'
import { category } from '../columns/schema.ts'

export const priority = z.enum(PRIORITIES).meta({ id: 'Priority' })
export const status = prose(40).meta({ description: "Key of one of the board's columns", example: 'in_progress' })
/** Reports add estimates up: with this bound the sum of all tasks stays an exact number. */
const MAX_ESTIMATE = 1_000_000

const ids = z
  .array(id)
  .max(50)
  .meta({ id: 'Ids' })
  .transform((ids) => [...new Set(ids)])

const archived_at = moment.nullable().meta({
  id: 'ArchivedAt',
  description: 'Any date-time archives the task; null takes it out of the archive. The server sets the time',
})

/** The fields that a request and an imported file can set on a task. */
export const fields = {
  title: line(500),
  description: prose(100_000),
  status,
  priority,
  assignee_ids: ids,
  label_ids: ids,
  parent_id: id.nullable(),
  estimate: z.number().min(0).max(MAX_ESTIMATE).nullable(),
  start_date: day.nullable(),
  due_date: day.nullable(),
  archived_at,
}

export const CreateTask = z
  .strictObject({ project_id: id, ...z.object(fields).partial().shape, title: fields.title })
  .meta({ id: 'CreateTask', example: { project_id: exampleIds.project, title: 'Say hello' } })
export type CreateTask = z.infer<typeof CreateTask>

/** Columns that are sets: a whole list replaces the set; single ids are added or removed, whatever others change. */
export type SetColumn = 'assignee_ids' | 'label_ids'
export type SetChanges = Partial<Record<SetColumn | `add_${SetColumn}` | `remove_${SetColumn}`, string[]>>

const isConsistent = (column: SetColumn) => (changes: SetChanges) => {
  const { [column]: whole, [`add_${column}` as const]: add = [], [`remove_${column}` as const]: remove = [] } = changes
  return !(whole && add.length + remove.length > 0) && !add.some((id) => remove.includes(id))
}
const inconsistencyOf = (column: SetColumn) => ({
  path: [column],
  message: `send either ${column}, or add_${column} and remove_${column}, and no id in both of these`,
})

/** The fields of an edit. */
export const changes = {
  ...z.object(fields).partial().shape,
  add_assignee_ids: ids.optional().meta({ description: 'People to add. This never conflicts' }),
  remove_assignee_ids: ids.optional().meta({ description: 'People to remove. This never conflicts' }),
  add_label_ids: ids.optional().meta({ description: 'Labels to add. This never conflicts' }),
  remove_label_ids: ids.optional().meta({ description: 'Labels to remove. This never conflicts' }),
  base_seq,
}

/** Refuses an edit that contradicts itself: that sets a list and adds to it, or adds and removes the same id. */
export const requireConsistentSets = <S extends z.ZodType<SetChanges>>(schema: S) =>
  schema
    .refine(isConsistent('assignee_ids'), inconsistencyOf('assignee_ids'))
    .refine(isConsistent('label_ids'), inconsistencyOf('label_ids'))

export const UpdateTask = requireBaseSeq(requireConsistentSets(z.strictObject({ ...changes, ...base }))).meta({
  id: 'UpdateTask',
  example: { title: 'Say hello, twice' },
})
export type UpdateTask = z.infer<typeof UpdateTask>

const move = {
  status: status.optional(),
  before: id.optional().meta({ description: 'Place it directly before this task' }),
  after: id.optional().meta({ description: 'Place it directly after this task; overrides before' }),
}
export const MoveQuery = z.object(move)
export const MoveTask = z.strictObject(move).meta({ id: 'MoveTask', example: { status: 'done' } })
export type MoveTask = z.infer<typeof MoveTask>

const TWO_WAY_SORTS = ['created_at', 'updated_at', 'due_date', 'priority', 'title'] as const
export const SORTS = [...TWO_WAY_SORTS, ...TWO_WAY_SORTS.map((name) => `-${name}` as const), 'position'] as const

/** The filters that a list and a search have in common. */
export const taskFilters = {
  project_id: id
    .optional()
    .meta({ description: 'If left out: all your projects; GET /tasks then lists the tasks that are assigned to you' }),
  status: severalOf(prose(40)).optional().meta({ description: 'Only tasks in one of these columns, by key' }),
  status_category: severalOf(category).optional().meta({
    description: 'Only tasks in columns of these categories',
  }),
  assignee_id: severalOf(z.union([id, z.literal('none')], 'must be an id (a UUID), or none'))
    .optional()
    .meta({ description: 'Only tasks of one of these people; `none`: unassigned ones' }),
  priority: severalOf(priority).optional().meta({ description: 'Only tasks of one of these priorities' }),
  label_id: severalOf(id).optional().meta({ description: 'Only tasks with one of these labels' }),
  archived: flag.optional().meta({ description: 'true: only archived tasks, which are left out otherwise' }),
  include_done: flag.optional().meta({ description: 'false: without tasks that are done or cancelled' }),
  include_archived: flag.optional().meta({
    description: 'true: if `project_id` is left out, those of archived projects too',
  }),
}

const listFilters = {
  ...taskFilters,
  parent_id: id.optional().meta({ description: 'Only the direct subtasks of this task' }),
  is_blocked: flag
    .optional()
    .meta({ description: 'true: only tasks that an open task blocks; false: only the others' }),
  due_before: day.optional().meta({ description: 'Only tasks that are due before this day' }),
  due_after: day.optional().meta({ description: 'Only tasks that are due after this day' }),
  overdue: flag.optional().meta({ description: 'true: only open tasks whose due date is over in your time zone' }),
  updated_since: moment.optional().meta({
    description: 'Only tasks that have changed since then, or whose column was renumbered (each `position` changed)',
  }),
  q: line(200)
    .optional()
    .meta({ description: 'Part of the title or the number, in any case and Unicode form, with or without accents' }),
  deleted: flag.optional().meta({ description: 'true: only tasks in the trash, archived ones too' }),
  sort: z.enum(SORTS).default('-created_at').meta({
    description: '`position` needs project_id and one status. Tasks without a due date come last',
  }),
}

type Ordered = { sort: (typeof SORTS)[number]; status?: string[] }
const isSortable = ({ sort, status }: Ordered) => sort !== 'position' || status?.length === 1

export const ListTasks = z
  .object({ ...pageQuery, ...listFilters })
  .refine((list) => isSortable(list) && (list.sort !== 'position' || list.project_id !== undefined), {
    path: ['sort'],
    message: 'position needs project_id and exactly one status',
  })
export type ListTasks = z.infer<typeof ListTasks>

/** The query that a view keeps: that of a list of one project. A parameter with several values may also be an array. */
const { project_id: _project, include_archived: _archived, ...viewFilters } = listFilters
export const ViewQuery = z
  .strictObject(viewFilters)
  .refine(isSortable, { path: ['sort'], message: 'position needs exactly one status' })
  .meta({
    id: 'ViewQuery',
    description:
      'The filters and `sort` of `GET /tasks`, without `project_id` and `include_archived`; those that can be repeated are arrays',
  })
