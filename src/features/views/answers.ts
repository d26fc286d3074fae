import * as z from 'zod'
import { instant, pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'

export const View = z
  .object({
    id,
    project_id: id,
    created_by: id,
    name: z.string(),
    query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    shared: z.boolean().meta({ description: 'Whether all members see it' }),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'View', example: examples.view })
export const ViewPage = pageOf(View).meta({ id: 'ViewPage' })
