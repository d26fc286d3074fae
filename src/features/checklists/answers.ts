import * as z from 'zod'
import { pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'

const position = z.string()

export const Checklist = z
  .object({ id, project_id: id, task_id: id, title: z.string(), position, ...stamps })
  .meta({ id: 'Checklist', example: examples.checklist })

export const ChecklistItem = z
  .object({
    id,
    project_id: id,
    task_id: id,
    checklist_id: id,
    text: z.string(),
    done: z.boolean(),
    assignee_id: id.nullable(),
    due_date: z.iso.date().nullable(),
    position,
    ...stamps,
  })
  .meta({ id: 'ChecklistItem', example: examples.checklist_item })

export const ChecklistPage = pageOf(Checklist.extend({ items: z.array(ChecklistItem) })).meta({
  id: 'ChecklistPage',
  example: { items: [{ ...examples.checklist, items: [examples.checklist_item] }], next_cursor: null },
})
