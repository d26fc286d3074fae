import * as z from 'zod'
import { instant, pageOf, stamps, warnings } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { priority, status } from './schema.ts'

const date = z.iso.date().nullable()

export const Task = z
  .object({
    id,
    project_id: id,
    number: z.string().meta({ example: 'APOLLO-12' }),
    title: z.string(),
    description: z.string().meta({ description: 'Markdown' }),
    status,
    position: z.string().meta({ description: 'A decimal, for the order within the column only' }),
    priority,
    assignee_ids: z.array(id),
    label_ids: z.array(id),
    parent_id: id.nullable(),
    estimate: z.number().nullable(),
    start_date: date,
    due_date: date,
    started_at: instant.nullable(),
    completed_at: instant.nullable(),
    comment_count: z.int(),
    checklist_done: z.int(),
    checklist_total: z.int(),
    created_by: id.nullable(),
    deleted_at: instant.nullable(),
    archived_at: instant.nullable(),
    is_blocked: z.boolean().meta({ description: 'Whether an open task blocks it' }),
    ...stamps,
  })
  .meta({ id: 'Task', example: examples.task })
export const WrittenTask = Task.extend({ warnings }).meta({ id: 'WrittenTask', example: examples.task })
export const TaskPage = pageOf(Task).meta({ id: 'TaskPage' })
