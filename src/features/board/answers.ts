import * as z from 'zod'
import { pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { Event } from '../../live/answers.ts'
import { Column } from '../columns/answers.ts'
import { Label } from '../labels/answers.ts'
import { Member } from '../members/answers.ts'
import { Project } from '../projects/answers.ts'
import { Task } from '../tasks/answers.ts'

export const Card = Task.extend({
  description_truncated: z.literal(true).optional().meta({
    description: '`description` has only the first 500 characters: GET the task before you change it',
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
      description:
        'All members; if there are more than 100, the first 100 and everybody assigned to a task in `columns`',
    }),
    member_count: z.int().optional().meta({ description: 'How many there are; only when `members` is cut' }),
    members_next_cursor: z.string().optional().meta({
      description: 'Only when `members` is cut: GET `/projects/{id}/members?cursor=…` has the rest',
    }),
  })
  .meta({ id: 'Board' })
export type Board = z.infer<typeof Board>

export const Progress = z
  .object({
    total: z.int(),
    done: z.int(),
    cancelled: z.int(),
    percent: z.number().meta({
      description:
        'Done tasks in percent of those that are not cancelled, with one decimal: 100 only if all are done, 0 only if none is',
    }),
    by_status: z.record(z.string(), z.int()),
    overdue: z.int(),
  })
  .meta({ id: 'Progress', example: examples.progress })
export type Progress = z.infer<typeof Progress>
export const ActivityPage = pageOf(Event).meta({ id: 'ActivityPage' })
