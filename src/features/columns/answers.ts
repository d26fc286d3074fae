import * as z from 'zod'
import { COLUMN_STATES } from '../../db/schema.ts'
import { pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { category, wipMode } from './schema.ts'

export const Column = z
  .object({
    id,
    project_id: id,
    key: z.string(),
    name: z.string(),
    category,
    position: z.string().meta({ description: 'A decimal, for the order only' }),
    color: z.string().nullable(),
    wip_limit: z.int().nullable(),
    wip_mode: wipMode,
    pending: z.enum(COLUMN_STATES).nullable().meta({
      description:
        'What is not finished yet: `dates` after PATCH with another category, `deletion` after DELETE; else null',
    }),
    ...stamps,
  })
  .meta({ id: 'Column', example: examples.column })
export const ColumnPage = pageOf(Column).meta({ id: 'ColumnPage' })
export type ColumnPage = z.infer<typeof ColumnPage>
