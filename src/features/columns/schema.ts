import * as z from 'zod'
import { COLUMN_CATEGORIES, WIP_MODES } from '../../db/schema.ts'
import { base_seq, id, line } from '../../lib/fields.ts'

export const columnKey = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be 1 to 40 characters a-z, 0-9 or _, a letter first')

export const category = z.enum(COLUMN_CATEGORIES).meta({ id: 'ColumnCategory' })

/** Whether tasks in a column of this category are finished (`is_final` of the database). */
export const isFinal = (category?: string) => category === 'done' || category === 'cancelled'

export const wipMode = z.enum(WIP_MODES).meta({ id: 'WipMode' })

/** The fields that a request and an imported file can set on a column. */
export const columnFields = {
  name: line(80),
  category,
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be #rrggbb')
    .nullable(),
  wip_limit: z.int().min(1).max(10_000).nullable(),
  wip_mode: wipMode.meta({ description: '`block` refuses what exceeds the limit; `warn` allows it, with a warning' }),
}
export const CreateColumn = z
  .strictObject({
    key: columnKey,
    name: columnFields.name,
    category: columnFields.category,
    color: columnFields.color.optional(),
    wip_limit: columnFields.wip_limit.optional(),
    wip_mode: columnFields.wip_mode.optional(),
  })
  .meta({ id: 'CreateColumn', example: { key: 'blocked', name: 'Blocked', category: 'in_progress' } })
export type CreateColumn = z.infer<typeof CreateColumn>
export const UpdateColumn = z
  .strictObject({
    name: columnFields.name.optional(),
    category: columnFields.category.optional(),
    color: columnFields.color.optional(),
    wip_limit: columnFields.wip_limit.optional(),
    wip_mode: columnFields.wip_mode.optional(),
    before: columnKey
      .nullable()
      .optional()
      .meta({ description: 'Key of the column to place it before; null: at the end' }),
    base_seq,
  })
  .meta({ id: 'UpdateColumn', example: { wip_limit: 5, wip_mode: 'warn' } })
export type UpdateColumn = z.infer<typeof UpdateColumn>
export const columnParam = z.object({ id, key: columnKey.meta({ description: 'The key of the column' }) })
export const DeleteColumn = z.object({
  move_to: columnKey.optional().meta({ description: 'Key of the column for its tasks, also those in the trash' }),
})
