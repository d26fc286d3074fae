import * as z from 'zod'
import { Problem } from '../../http/answers.ts'
import { warnings } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { Card } from '../board/answers.ts'

const Result = z.object({
  op: z.enum(['create', 'update', 'move', 'delete']),
  status: z.int().meta({
    description: 'The status that a single request returns; but 422 `task_not_found` if the task does not exist',
  }),
  task: Card.optional(),
  problem: Problem.optional(),
  warnings,
})
export const BulkResult = z
  .object({ results: z.array(Result).meta({ description: 'One for each operation, in the same order' }) })
  .meta({ id: 'BulkResult', example: { results: [{ op: 'move', status: 200, task: examples.task }] } })
export type BulkResult = z.infer<typeof BulkResult>
