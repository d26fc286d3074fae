import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { base_seq, day, id, line, stamps } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'

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

export const ListChecklists = z.object(pageQuery)
export type ListChecklists = z.infer<typeof ListChecklists>

/** What a request and an imported file can set. */
export const checklistFields = { title: line(200) }
export const itemFields = {
  text: line(500),
  done: z.boolean(),
  assignee_id: id.nullable(),
  due_date: day.nullable(),
}

/** Where it goes among the others: after one, before one, or last. */
const place = {
  before: id.optional().meta({ description: 'Place it directly before this one' }),
  after: id.optional().meta({ description: 'Place it directly after this one; overrides before' }),
}

export const CreateChecklist = z
  .strictObject(checklistFields)
  .meta({ id: 'CreateChecklist', example: { title: examples.checklist.title } })
export type CreateChecklist = z.infer<typeof CreateChecklist>

export const UpdateChecklist = z
  .strictObject({ ...z.object(checklistFields).partial().shape, ...place, base_seq })
  .meta({ id: 'UpdateChecklist', example: { title: 'Before the start' } })
export type UpdateChecklist = z.infer<typeof UpdateChecklist>

const { done: _, ...first } = itemFields
export const CreateItem = z
  .strictObject({ ...z.object(first).partial().shape, text: itemFields.text, ...place })
  .meta({ id: 'CreateChecklistItem', example: { text: examples.checklist_item.text } })
export type CreateItem = z.infer<typeof CreateItem>

export const UpdateItem = z
  .strictObject({ ...z.object(itemFields).partial().shape, ...place, base_seq })
  .meta({ id: 'UpdateChecklistItem', example: { done: true } })
export type UpdateItem = z.infer<typeof UpdateItem>

export type Place = Pick<UpdateItem, 'before' | 'after'>
