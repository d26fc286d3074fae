import * as z from 'zod'
import { id } from '../../lib/fields.ts'
import { WrittenTask } from '../tasks/answers.ts'

const Dropped = z
  .object({
    labels: z.array(z.string()).meta({ description: 'Names of labels that the other project does not have' }),
    assignee_ids: z.array(id).meta({ description: 'Ids of the assignees who are not members of the other project' }),
    links: z.int().meta({ description: 'Number of removed links' }),
    parent_id: id.nullable(),
    comment_authors: z
      .int()
      .meta({ description: 'How many comments lose their author, whom only an imported file names' }),
    subtasks: z.int().meta({ description: 'How many subtasks stay in the old project, without a parent now' }),
  })
  .meta({ id: 'Dropped' })

export const TransferredTask = WrittenTask.extend({ dropped: Dropped }).meta({ id: 'TransferredTask' })
export type TransferredTask = z.infer<typeof TransferredTask>
