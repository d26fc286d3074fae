import * as z from 'zod'
import { PROJECT_QUOTAS, PROJECT_STATUSES, type ProjectQuota } from '../../db/schema.ts'
import { examples } from '../../lib/examples.ts'
import { base_seq, day, id, line, prose, stamps } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'

const date = z.iso.date().nullable()
export const projectKey = z.string().regex(/^[A-Z][A-Z0-9]{1,9}$/, 'must be 2 to 10 of A-Z and 0-9, a letter first')
const status = z.enum(PROJECT_STATUSES).meta({ id: 'ProjectStatus' })

export const Project = z
  .object({
    id,
    key: z.string(),
    name: z.string(),
    description: z.string(),
    status,
    created_by: id.nullable(),
    start_date: date,
    due_date: date,
    ...stamps,
  })
  .meta({ id: 'Project', example: examples.project })
export const ProjectPage = pageOf(Project).meta({ id: 'ProjectPage' })

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
      .meta({ description: 'Prefix of task numbers; made from the name when left out. It never changes.' }),
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

const perQuota = <T extends z.ZodType>(value: T) =>
  Object.fromEntries(PROJECT_QUOTAS.map((what) => [what, value])) as Record<ProjectQuota, T>

export const SetQuotas = z
  .strictObject(perQuota(z.int().min(1).max(1_000_000_000).nullable().optional()))
  .meta({ id: 'SetQuotas', example: { tasks: 200_000 } })
export type SetQuotas = z.infer<typeof SetQuotas>

export const Quotas = z.object(perQuota(z.int())).meta({
  id: 'Quotas',
  example: {
    tasks: 200_000,
    columns: 50,
    labels: 200,
    members: 1_000,
    links: 1_000,
    comments: 100_000,
    items: 100_000,
  },
})
