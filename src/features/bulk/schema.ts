import * as z from 'zod'
import type { PgFailure } from '../../db/errors.ts'
import { id, taskParam } from '../../lib/fields.ts'
import { exampleIds } from '../../lib/request-examples.ts'
import { CreateTask, changes, MoveTask, requireConsistentSets } from '../tasks/schema.ts'
import type { BulkResult } from './answers.ts'

export const MAX_OPERATIONS = 100

const target = {
  id: taskParam.shape.id.meta({ id: 'TaskRef', description: 'Id, or number such as `APOLLO-12`' }),
  seq: z.int().min(0).optional().meta({ description: 'As with If-Match: the expected version' }),
}

const Create = CreateTask.omit({ project_id: true }).extend({ op: z.literal('create') })
const Update = requireConsistentSets(z.strictObject({ op: z.literal('update'), ...target, ...changes }))
const Move = z.strictObject({ op: z.literal('move'), ...target, ...MoveTask.shape })
const Delete = z.strictObject({ op: z.literal('delete'), ...target })

export const BulkTasks = z
  .strictObject({
    project_id: id,
    operations: z
      .array(z.discriminatedUnion('op', [Create, Update, Move, Delete]))
      .min(1)
      .max(MAX_OPERATIONS),
    partial: z.boolean().optional().meta({ description: 'true: a refused operation does not undo the others' }),
  })
  .meta({
    id: 'BulkTasks',
    example: {
      project_id: exampleIds.project,
      operations: [{ op: 'move', id: exampleIds.other_task, status: 'done' }],
    },
  })
export type BulkTasks = z.infer<typeof BulkTasks>
export type Operation = BulkTasks['operations'][number]

/** A refusal as the database returns it, before it becomes a problem document. */
type Refused = { op: Operation['op']; refused: PgFailure; instance: string }
export type Applied = { results: (BulkResult['results'][number] | Refused)[] }
