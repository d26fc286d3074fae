import * as z from 'zod'
import { LINK_KINDS } from '../../db/schema.ts'
import { examples } from '../../lib/examples.ts'
import { id, instant, stamps } from '../../lib/fields.ts'
import { pageOf } from '../../lib/page.ts'

export const linkKind = z.enum(LINK_KINDS).meta({ id: 'LinkKind' })

export const Link = z
  .object({
    id,
    project_id: id,
    task_id: id,
    kind: linkKind,
    other_task_id: id.nullable().meta({ description: 'null: the other task is in another project' }),
    ...stamps,
    task: z.object({
      id,
      project_id: id,
      number: z.string(),
      title: z.string(),
      status: z.string(),
      completed_at: instant.nullable(),
    }),
  })
  .meta({ id: 'Link', example: examples.task_link })
export type Link = z.infer<typeof Link>
export const LinkPage = pageOf(Link).meta({ id: 'LinkPage' })

export const CreateLink = z
  .strictObject({ kind: linkKind.extract(['blocks', 'relates', 'duplicates']), task_id: id })
  .meta({ id: 'CreateLink', example: { kind: 'blocks', task_id: examples.ids.other_task } })
export type CreateLink = z.infer<typeof CreateLink>
