import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { base_seq, id, line, stamps } from '../../lib/fields.ts'
import { pageOf } from '../../lib/page.ts'
import { columnFields } from '../columns/schema.ts'

export const Label = z
  .object({ id, project_id: id, name: z.string(), color: z.string().nullable(), ...stamps })
  .meta({ id: 'Label', example: examples.label })
export const LabelPage = pageOf(Label).meta({ id: 'LabelPage' })

/** What a label takes, from a request and from a file alike. */
export const labelFields = { name: line(80), color: columnFields.color }

export const CreateLabel = z
  .strictObject({ name: labelFields.name, color: labelFields.color.optional() })
  .meta({ id: 'CreateLabel', example: { name: 'Bug', color: '#d93025' } })
export type CreateLabel = z.infer<typeof CreateLabel>
export const UpdateLabel = z
  .strictObject({ ...z.object(labelFields).partial().shape, base_seq })
  .meta({ id: 'UpdateLabel', example: { name: 'Defect' } })
export type UpdateLabel = z.infer<typeof UpdateLabel>
