import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, prose } from '../../lib/fields.ts'
import { WrittenTask } from '../tasks/schema.ts'

export const TransferTask = z
  .strictObject({
    project_id: id.meta({ description: 'Where it goes' }),
    status: prose(40).optional().meta({
      description: 'Without it: the column of the same key, else the first of the same category, else the first',
    }),
  })
  .meta({ id: 'TransferTask', example: { project_id: examples.ids.other_project } })
export type TransferTask = z.infer<typeof TransferTask>

const Dropped = z
  .object({
    labels: z.array(z.string()).meta({ description: 'Names of labels that the other project does not have' }),
    assignee_ids: z.array(id).meta({ description: 'People who are not its members' }),
    links: z.int().meta({ description: 'Links, which end' }),
    parent_id: id.nullable(),
    subtasks: z.int().meta({ description: 'Subtasks, which stay and have no parent now' }),
  })
  .meta({ id: 'Dropped' })

export const TransferredTask = WrittenTask.extend({ dropped: Dropped }).meta({ id: 'TransferredTask' })
export type TransferredTask = z.infer<typeof TransferredTask>
