import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, prose } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'
import { Event } from '../../live/protocol.ts'
import { Column } from '../columns/schema.ts'
import { Label } from '../labels/schema.ts'
import { Member } from '../members/schema.ts'
import { Project } from '../projects/schema.ts'
import { Task } from '../tasks/schema.ts'

export const BoardQuery = z.object({
  per_column: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(50)
    .meta({ description: 'How many tasks of each column at most' }),
})
export const Card = Task.extend({
  description_truncated: z.literal(true).optional().meta({
    description: '`description` is its first 500 characters: GET the task before you change it',
  }),
}).meta({ id: 'Card' })

export const Board = z
  .object({
    epoch: z.uuid(),
    seq: z.int().meta({ description: 'The seq at which this is true: give it to the socket as `since`' }),
    project: Project,
    columns: z.array(Column.extend({ task_count: z.int(), tasks: z.array(Card), next_cursor: z.string().nullable() })),
    labels: z.array(Label),
    members: z.array(Member).meta({
      description: 'All; above 100, the first 100 and everybody assigned to a task in `columns`',
    }),
    member_count: z.int().optional().meta({ description: 'How many there are; only when `members` is cut' }),
    members_next_cursor: z.string().optional().meta({
      description: 'Only when `members` is cut: GET `/projects/{id}/members?cursor=…` has the rest',
    }),
  })
  .meta({ id: 'Board' })

export const Progress = z
  .object({
    total: z.int(),
    done: z.int(),
    cancelled: z.int(),
    percent: z.number().meta({
      description:
        'Done of all that is not cancelled, one decimal: 100 only when all of it is done, 0 only when nothing is',
    }),
    by_status: z.record(z.string(), z.int()),
    overdue: z.int(),
  })
  .meta({ id: 'Progress', example: examples.progress })

export const ListActivity = z.object({
  ...pageQuery,
  since: z.coerce.number().int().min(0).optional().meta({ description: 'Only what came after this seq, oldest first' }),
  task_id: id.optional().meta({ description: 'Only what concerns this task' }),
  user_id: id.optional().meta({ description: 'Only what this person did' }),
  action: prose(64).optional().meta({ description: 'Only this, as `task.moved`' }),
})
export type ListActivity = z.infer<typeof ListActivity>
export const ActivityPage = pageOf(Event).meta({ id: 'ActivityPage' })
