import * as z from 'zod'
import { id, wholeNumber } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { ACTIONS } from '../../live/actions.ts'

export const BoardQuery = z.object({
  per_column: wholeNumber(1, 100).prefault(50).meta({ description: 'Maximum number of tasks of each column' }),
})

export const ListActivity = z.object({
  ...pageQuery,
  since: wholeNumber(0).optional().meta({ description: 'Only events after this seq, oldest first' }),
  task_id: id.optional().meta({ description: 'Only events of this task' }),
  user_id: id.optional().meta({ description: 'Only what this person did' }),
  action: z.enum(ACTIONS).optional().meta({ description: 'Only events with this action' }),
})
export type ListActivity = z.infer<typeof ListActivity>
