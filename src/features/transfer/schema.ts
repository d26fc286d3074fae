import * as z from 'zod'
import { id, prose } from '../../lib/fields.ts'
import { exampleIds } from '../../lib/request-examples.ts'

export const TransferTask = z
  .strictObject({
    project_id: id.meta({ description: 'The project to which it goes' }),
    status: prose(40).optional().meta({
      description: 'By default, the column of the same key, else the first of the same category, else the first',
    }),
  })
  .meta({ id: 'TransferTask', example: { project_id: exampleIds.other_project } })
export type TransferTask = z.infer<typeof TransferTask>
