import * as z from 'zod'
import type { Ctx } from '../../../context.ts'
import { PRIORITIES } from '../../../db/schema.ts'
import { problemDocumentOf } from '../../../http/problem.ts'
import type { AppError } from '../../../lib/errors.ts'
import { BulkTasks, MAX_OPERATIONS } from '../../bulk/schema.ts'
import { bulkTasks } from '../../bulk/service.ts'
import { clearOf, emptiedBy, OF_TASKS } from '../clear.ts'
import { runOrReplay } from '../idempotency.ts'
import { personIdOf, personRef, projectRef, taskRef } from '../refs.ts'
import { inWordsOf, refusalTextOf } from '../refusals.ts'
import { defineTool, parseInput } from '../tool.ts'

const people = z.array(personRef).max(50)
const Operation = z.strictObject({
  op: z.enum(['create', 'update', 'move', 'delete']),
  task: taskRef.optional().meta({ description: 'The task; not for create' }),
  title: z.string().max(500).optional(),
  description: z.string().max(100_000).optional(),
  status: z.string().max(40).optional(),
  priority: z.enum(PRIORITIES).optional(),
  due_date: z.string().optional(),
  assignees: people.optional().meta({ description: 'Only for create' }),
  add_assignees: people.optional(),
  remove_assignees: people.optional(),
  label_ids: z.array(z.string()).max(50).optional(),
  clear: clearOf(OF_TASKS).meta({ description: 'Only for update: fields to empty' }),
})

/** The fields that were given: the schema of an operation refuses those of other kinds, even if undefined. */
const omitUndefined = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const NAMES = {
  id: 'task',
  assignee_ids: 'assignees',
  add_assignee_ids: 'add_assignees',
  remove_assignee_ids: 'remove_assignees',
}

/** An operation for the service. A field that is not for its kind keeps its name, by which the service refuses it. */
function operationOf(ctx: Ctx, operation: z.output<typeof Operation>, index: number) {
  const idsOf = (people?: string[]) => people?.map((person) => personIdOf(ctx, person))
  if (operation.op === 'create') {
    const { assignees, ...rest } = operation
    return omitUndefined({ ...rest, assignee_ids: idsOf(assignees) })
  }
  const { task, add_assignees, remove_assignees, clear, ...rest } = operation
  return omitUndefined({
    ...rest,
    ...(operation.op === 'update' ? emptiedBy(operation, `operations.${index}.clear`) : { clear }),
    id: task,
    add_assignee_ids: idsOf(add_assignees),
    remove_assignee_ids: idsOf(remove_assignees),
  })
}

/** The problem of one refused operation, whose detail is what the tool says of it. */
const problemOf = (error: AppError, instance: string) => ({
  ...problemDocumentOf(error, instance),
  detail: refusalTextOf(inWordsOf(NAMES, error), instance),
})

const bulk = defineTool({
  name: 'bulk',
  title: 'Change many tasks at once',
  description: `Creates, edits, moves and deletes up to ${MAX_OPERATIONS} tasks of a project, all or none; with partial, a refused one does not undo the others. To delete, you must be an editor. Counts as one request for every 4 operations.`,
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  destructive: true,
  input: z.object({
    project: projectRef,
    operations: z.array(Operation).min(1).max(MAX_OPERATIONS),
    partial: z.boolean().default(false),
  }),
  names: NAMES,
  output: z.object({
    results: z.array(
      z.object({
        op: z.string(),
        status: z.int().meta({ description: 'HTTP status: 2xx if it was done' }),
        number: z.string().optional(),
        problem: z.string().optional(),
      }),
    ),
  }),
  run: async (ctx, { project, operations, partial }) => {
    const asked = {
      project_id: project,
      partial,
      operations: operations.map((operation, i) => operationOf(ctx, operation, i)),
    }
    const input = parseInput(BulkTasks, asked)
    const applied = await runOrReplay(async () => (await bulkTasks(ctx, input, problemOf)).body)
    const results = applied.results.map(({ op, status, task, problem }) => ({
      op,
      status,
      ...(task && { number: task.number }),
      ...(problem && { problem: problem.detail }),
    }))
    return { results }
  },
})

export const BULK_TOOLS = [bulk]
