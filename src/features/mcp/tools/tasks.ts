import * as z from 'zod'
import type { Ctx } from '../../../context.ts'
import { PRIORITIES } from '../../../db/schema.ts'
import { invalidAt } from '../../../lib/errors.ts'
import { category } from '../../columns/schema.ts'
import { CreateTask, ListTasks, MoveTask, SORTS, UpdateTask } from '../../tasks/schema.ts'
import { createTask, getTask, listTasks, moveTask, updateTask } from '../../tasks/service.ts'
import { clearOf, emptiedBy, OF_TASKS } from '../clear.ts'
import { toOutcome } from '../idempotency.ts'
import { personIdOf, personRef, projectRef, taskRef } from '../refs.ts'
import { Card, cardOf, MAX_DESCRIPTION, nextCursorOf, page, TaskAnswer, taskOf, writtenTaskOf } from '../shapes.ts'
import { defineTool, parseInput } from '../tool.ts'
import { pageInputOf } from './projects.ts'

const day = z.string().meta({ description: 'Such as 2026-12-24' })
const ids = z.array(z.string()).max(50)
const people = z.array(personRef).max(50)
const status = z.string().max(40).meta({ description: 'Key of a column, such as in_progress' })

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

const taskTool = defineTool({
  name: 'get_task',
  title: 'Get a task',
  description: `Shows a task. A description longer than ${MAX_DESCRIPTION} characters is cut: description_length is its whole length. Read on with description_offset.`,
  access: 'viewer',
  scope: 'read',
  input: z.object({ task: taskRef, description_offset: z.int().min(0).default(0) }),
  output: TaskAnswer,
  run: async (ctx, { task, description_offset }) => taskOf(await getTask(ctx, task), description_offset),
})

const assignee = z.string().meta({ description: 'Id of a person, me, or none for unassigned tasks' })
const toFlag = (on: boolean | undefined) => (on === undefined ? undefined : on ? ('true' as const) : ('false' as const))

const list = defineTool({
  name: 'list_tasks',
  title: 'List tasks',
  description:
    'Lists tasks of a project or, without project, those that are assigned to you in all projects that are not archived. By default newest first.',
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
    ...pageInputOf(100, 25),
  }),
  names: { project_id: 'project', q: 'text', assignee_id: 'assignees', label_id: 'label_ids' },
  output: z.object({ tasks: z.array(Card), ...page }),
  run: async (ctx, { project, assignees, label_ids, text, overdue, is_blocked, include_done, ...input }) => {
    const query = {
      ...input,
      project_id: project,
      q: text,
      label_id: label_ids,
      assignee_id: assignees?.map((person) => (person === 'none' ? person : personIdOf(ctx, person))),
      overdue: toFlag(overdue),
      is_blocked: toFlag(is_blocked),
      include_done: toFlag(include_done),
    }
    const found = await listTasks(ctx, parseInput(ListTasks, query))
    return { tasks: found.items.map(cardOf), ...nextCursorOf(found) }
  },
})

const create = defineTool({
  name: 'create_task',
  title: 'Create a task',
  description:
    'Adds a task at the bottom of a column; without status, of the first one. The same call within the same ten minutes of the clock (12:00 to 12:10) creates no second task, but returns replayed. For a longer time, send idempotency_key.',
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
  names: { assignee_ids: 'assignees' },
  output: TaskAnswer,
  run: async (ctx, { project, assignees, ...input }) => {
    const assignee_ids = assignees?.map((person) => personIdOf(ctx, person))
    const task = parseInput(CreateTask, { ...input, project_id: project, assignee_ids })
    return writtenTaskOf(await toOutcome(createTask(ctx, task)))
  },
})

const edit = z.object({
  task: taskRef,
  ...fields,
  add_assignees: people.optional(),
  remove_assignees: people.optional(),
  add_label_ids: ids.optional(),
  remove_label_ids: ids.optional(),
  clear: clearOf(OF_TASKS),
  base_seq: z.int().min(0).optional(),
  base_project_id: z.uuid().optional(),
})

/** Throws validation_failed if an edit adds what it also removes. */
function requireNoOverlap(ctx: Ctx, changes: z.output<typeof edit>): void {
  for (const [add, remove] of [
    ['add_assignees', 'remove_assignees'],
    ['add_label_ids', 'remove_label_ids'],
  ] as const) {
    const removed = changes[remove]?.map((id) => personIdOf(ctx, id))
    const both = changes[add]?.find((id) => removed?.includes(personIdOf(ctx, id)))
    if (both) throw invalidAt(add, `has ${both}, which ${remove} has too: name it in only one of them`)
  }
}

const update = defineTool({
  name: 'update_task',
  title: 'Edit a task',
  description:
    'Changes only the fields that you send. With base_seq and base_project_id (the seq and project_id of the copy that you read), what others changed since then is merged or refused, never overwritten.',
  access: 'contributor',
  scope: 'write',
  destructive: true, // it replaces texts
  input: edit,
  names: {
    assignee_ids: 'add_assignees',
    add_assignee_ids: 'add_assignees',
    remove_assignee_ids: 'remove_assignees',
    label_ids: 'add_label_ids',
  },
  output: TaskAnswer,
  run: async (ctx, input) => {
    requireNoOverlap(ctx, input)
    const { task, add_assignees, remove_assignees, clear: _, ...rest } = input
    const idsOf = (people?: string[]) => people?.map((person) => personIdOf(ctx, person))
    const [add_assignee_ids, remove_assignee_ids] = [idsOf(add_assignees), idsOf(remove_assignees)]
    const changes = parseInput(UpdateTask, {
      ...rest,
      add_assignee_ids,
      remove_assignee_ids,
      ...emptiedBy(input),
    })
    return writtenTaskOf(await updateTask(ctx, task, changes))
  },
})

const move = defineTool({
  name: 'move_task',
  title: 'Move a task',
  description: 'Moves a task to a column, to its bottom or directly before or after another task.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({ task: taskRef, status: status.optional(), before: taskRef.optional(), after: taskRef.optional() }),
  output: TaskAnswer,
  run: async (ctx, { task, status, ...place }) => {
    const { status: column } = parseInput(MoveTask, { status })
    return writtenTaskOf(await toOutcome(moveTask(ctx, task, { status: column, ...place })))
  },
})

export const TASK_TOOLS = [taskTool, list, create, update, move]
