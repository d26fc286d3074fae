import * as z from 'zod'
import { pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { shapePerQuota, status } from './schema.ts'

const date = z.iso.date().nullable()

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
export type Project = z.infer<typeof Project>
export const ProjectPage = pageOf(Project).meta({ id: 'ProjectPage' })

export const Quotas = z.object(shapePerQuota(z.int())).meta({
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
