import * as z from 'zod'
import { base, day, id, line, requireBaseSeq } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'

export const ListChecklists = z.object(pageQuery)
export type ListChecklists = z.infer<typeof ListChecklists>

/** The fields that a request and an imported file can set. */
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
  .meta({ id: 'CreateChecklist', example: { title: exampleInputs.checklist_title } })
export type CreateChecklist = z.infer<typeof CreateChecklist>

export const UpdateChecklist = requireBaseSeq(
  z.strictObject({ ...z.object(checklistFields).partial().shape, ...place, ...base }),
).meta({ id: 'UpdateChecklist', example: { title: 'Before the start' } })
export type UpdateChecklist = z.infer<typeof UpdateChecklist>

const { done: _, ...first } = itemFields
export const CreateItem = z
  .strictObject({ ...z.object(first).partial().shape, text: itemFields.text, ...place })
  .meta({ id: 'CreateChecklistItem', example: { text: exampleInputs.item_text } })
export type CreateItem = z.infer<typeof CreateItem>

export const UpdateItem = requireBaseSeq(
  z.strictObject({ ...z.object(itemFields).partial().shape, ...place, ...base }),
).meta({ id: 'UpdateChecklistItem', example: { done: true } })
export type UpdateItem = z.infer<typeof UpdateItem>

export type Place = Pick<UpdateItem, 'before' | 'after'>
