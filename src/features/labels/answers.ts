import * as z from 'zod'
import { pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'

export const Label = z
  .object({ id, project_id: id, name: z.string(), color: z.string().nullable(), ...stamps })
  .meta({ id: 'Label', example: examples.label })
export const LabelPage = pageOf(Label).meta({ id: 'LabelPage' })
export type LabelPage = z.infer<typeof LabelPage>
