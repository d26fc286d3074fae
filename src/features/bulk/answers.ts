import * as z from 'zod'
import { Problem } from '../../http/answers.ts'
import { warnings } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { Card } from '../board/answers.ts'

const Result = z.object({
  op: z.enum(['create', 'update', 'move', 'delete']),
  status: z.int().meta({
    description: 'What the request for this one would return; but 422 `task_not_found` for a task that is not there',
  }),
  task: Card.optional(),
  problem: Problem.optional(),
  warnings,
})
export const BulkResult = z
  .object({ results: z.array(Result).meta({ description: 'One for each operation, in their order' }) })
  .meta({ id: 'BulkResult', example: { results: [{ op: 'move', status: 200, task: examples.task }] } })
export type BulkResult = z.infer<typeof BulkResult>
