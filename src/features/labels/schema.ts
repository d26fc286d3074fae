import * as z from 'zod'
import { base_seq, line } from '../../lib/fields.ts'
import { columnFields } from '../columns/schema.ts'

/** The fields that a request and an imported file can set on a label. */
export const labelFields = { name: line(80), color: columnFields.color }

export const CreateLabel = z
  .strictObject({ name: labelFields.name, color: labelFields.color.optional() })
  .meta({ id: 'CreateLabel', example: { name: 'Bug', color: '#d93025' } })
export type CreateLabel = z.infer<typeof CreateLabel>
export const UpdateLabel = z
  .strictObject({ ...z.object(labelFields).partial().shape, base_seq })
  .meta({ id: 'UpdateLabel', example: { name: 'Defect' } })
export type UpdateLabel = z.infer<typeof UpdateLabel>
