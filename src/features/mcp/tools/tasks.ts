import * as z from 'zod'
import { PRIORITIES } from '../../../db/schema.ts'
import { category } from '../../columns/schema.ts'
import { CreateTask, ListTasks, MoveTask, SORTS, UpdateTask } from '../../tasks/schema.ts'
import { createTask, getTask, listTasks, moveTask, updateTask } from '../../tasks/service.ts'
import { orReplayed } from '../keys.ts'
import { inProject, personId, personRef, projectRef, taskRef } from '../refs.ts'
import { Card, cardOf, MAX_DESCRIPTION, nextOf, page, TaskAnswer, taskOf, writtenTask } from '../shapes.ts'
import { checked, tool } from '../tool.ts'
import { paged } from './projects.ts'

const day = z.string().meta({ description: 'As 2026-12-24' })
const ids = z.array(z.string()).max(50)
const people = z.array(personRef).max(50)
const status = z.string().max(40).meta({ description: 'Key of a column, as in_progress' })

const fields = {
  title: z.string().max(500).optional(),
  description: z.string().max(100_000).optional().meta({ description: 'Markdown' }),
  status: status.optional(),
  priority: z.enum(PRIORITIES).optional(),
  parent_id: z.string().optional().meta({ description: 'Id of the task that this is part of' }),
  estimate: z.number().min(0).optional(),
  start_date: day.optional(),
  due_date: day.optional(),
}

export const taskTool = tool({
  name: 'get_task',
  title: 'Get a task',
  description: `Shows a task. A description longer than ${MAX_DESCRIPTION} characters is cut: description_length says how long it is, and description_offset where to go on.`,
  access: 'viewer',
  scope: 'read',
  input: z.object({ task: taskRef, description_offset: z.int().min(0).default(0) }),
  output: TaskAnswer,
  run: async (ctx, { task, description_offset }) => taskOf(await getTask(ctx, task), description_offset),
})

/** `none` and people, as the filter of a list takes them. */
const assignee = z.string().meta({ description: 'Id of a person, me, or none for tasks of nobody' })
const onOff = (on: boolean | undefined) => (on === undefined ? undefined : on ? ('true' as const) : ('false' as const))

const list = tool({
  name: 'list_tasks',
  title: 'List tasks',
  description: 'Lists tasks of a project, or without one those that are assigned to you in all projects, newest first.',
  access: 'viewer',
  scope: 'read',
  input: z.object({
    project: projectRef.optional(),
    status: z.array(status).max(50).optional(),
    status_category: z.array(z.enum(category.options)).optional(),
    assignees: z.array(assignee).max(50).optional(),
    priority: z.array(z.enum(PRIORITIES)).optional(),
    label_ids: ids.optional(),
    text: z.string().max(200).optional().meta({ description: 'Part of the title or the number' }),
    due_before: day.optional(),
    due_after: day.optional(),
    overdue: z.boolean().optional(),
    is_blocked: z.boolean().optional(),
    include_done: z.boolean().default(true),
    sort: z.enum(SORTS).default('-created_at'),
    ...paged(100, 25),
  }),
  output: z.object({ tasks: z.array(Card), ...page }),
  run: (ctx, { project, assignees, label_ids, text, overdue, is_blocked, include_done, ...input }) => {
    const ask = async (project_id?: string) => {
      const query = {
        ...input,
        project_id,
        q: text,
        label_id: label_ids,
        assignee_id: assignees?.map((person) => (person === 'none' ? person : personId(ctx, person))),
        overdue: onOff(overdue),
        is_blocked: onOff(is_blocked),
        include_done: onOff(include_done),
      }
      const found = await listTasks(ctx, checked(ListTasks, query))
      return { tasks: found.items.map(cardOf), ...nextOf(found) }
    }
    return project === undefined ? ask() : inProject(ctx, project, ask)
  },
})

const create = tool({
  name: 'create_task',
  title: 'Create a task',
  description:
    'Adds a task at the bottom of a column; without a status, of the first one. The same call within ten minutes makes one task, and says replayed.',
  access: 'contributor',
  scope: 'write',
  keyed: 'derived',
  input: z.object({
    project: projectRef,
    ...fields,
    title: z.string().max(500),
    assignees: people.optional(),
    label_ids: ids.optional(),
  }),
  output: TaskAnswer,
  run: (ctx, { project, assignees, ...input }) =>
    inProject(ctx, project, async (project_id) => {
      const assignee_ids = assignees?.map((person) => personId(ctx, person))
      const task = checked(CreateTask, { ...input, project_id, assignee_ids })
      return writtenTask(await orReplayed(createTask(ctx, task)))
    }),
})

/** What an edit may take off: a flat input has no null. */
const CLEARABLE = ['description', 'parent_id', 'estimate', 'start_date', 'due_date', 'assignees', 'labels'] as const
const EMPTY = { description: '', assignees: [], labels: [] } as const
const COLUMN = { assignees: 'assignee_ids', labels: 'label_ids' } as const
const cleared = (names: readonly (typeof CLEARABLE)[number][]) =>
  Object.fromEntries(
    names.map((name) => [
      name in COLUMN ? COLUMN[name as 'labels'] : name,
      name in EMPTY ? EMPTY[name as 'labels'] : null,
    ]),
  )

const update = tool({
  name: 'update_task',
  title: 'Edit a task',
  description:
    'Changes the fields that you name, and no other. With base_seq (the seq of the copy that you read), what others changed since then is merged or refused, never overwritten.',
  access: 'contributor',
  scope: 'write',
  input: z.object({
    task: taskRef,
    ...fields,
    add_assignees: people.optional(),
    remove_assignees: people.optional(),
    add_label_ids: ids.optional(),
    remove_label_ids: ids.optional(),
    clear: z.array(z.enum(CLEARABLE)).optional().meta({ description: 'Fields to empty' }),
    base_seq: z.int().min(0).optional(),
  }),
  output: TaskAnswer,
  run: async (ctx, { task, add_assignees, remove_assignees, clear = [], ...input }) => {
    const of = (people?: string[]) => people?.map((person) => personId(ctx, person))
    const [add_assignee_ids, remove_assignee_ids] = [of(add_assignees), of(remove_assignees)]
    const changes = checked(UpdateTask, { ...input, add_assignee_ids, remove_assignee_ids, ...cleared(clear) })
    return writtenTask(await updateTask(ctx, task, changes))
  },
})

const move = tool({
  name: 'move_task',
  title: 'Move a task',
  description: 'Moves a task to a column, to its bottom or directly before or after another task.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({ task: taskRef, status: status.optional(), before: taskRef.optional(), after: taskRef.optional() }),
  output: TaskAnswer,
  run: async (ctx, { task, status, ...place }) => {
    const { status: column } = checked(MoveTask, { status })
    return writtenTask(await orReplayed(moveTask(ctx, task, { status: column, ...place })))
  },
})

export const TASK_TOOLS = [taskTool, list, create, update, move]
