import * as z from 'zod'
import { PROJECT_QUOTAS, PROJECT_STATUSES, type ProjectQuota } from '../../db/schema.ts'
import { base_seq, day, line, prose } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
export const projectKey = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{1,9}$/, 'must be 2 to 10 characters A-Z or 0-9, a letter first')
export const status = z.enum(PROJECT_STATUSES).meta({ id: 'ProjectStatus' })

export const ListProjects = z.object({
  ...pageQuery,
  status: status.optional().meta({ description: 'Only projects of this status' }),
})
export type ListProjects = z.infer<typeof ListProjects>

export const CreateProject = z
  .strictObject({
    name: line(200),
    key: projectKey
      .optional()
      .meta({ description: 'Prefix of task numbers; by default, made from the name. It never changes' }),
    description: prose(20_000).optional(),
    status: status.exclude(['archived']).optional(),
    start_date: day.nullable().optional(),
    due_date: day.nullable().optional(),
  })
  .meta({ id: 'CreateProject', example: { name: 'Apollo', description: 'To the Moon and back' } })
export type CreateProject = z.infer<typeof CreateProject>

export const UpdateProject = z
  .strictObject({
    name: line(200).optional(),
    description: prose(20_000).optional(),
    status: status.optional(),
    start_date: day.nullable().optional(),
    due_date: day.nullable().optional(),
    base_seq,
  })
  .meta({ id: 'UpdateProject', example: { status: 'on_hold' } })
export type UpdateProject = z.infer<typeof UpdateProject>

export const shapePerQuota = <T extends z.ZodType>(value: T) =>
  Object.fromEntries(PROJECT_QUOTAS.map((what) => [what, value])) as Record<ProjectQuota, T>

export const SetQuotas = z
  .strictObject(shapePerQuota(z.int().min(1).max(1_000_000_000).nullable().optional()))
  .meta({ id: 'SetQuotas', example: { tasks: 200_000 } })
export type SetQuotas = z.infer<typeof SetQuotas>
