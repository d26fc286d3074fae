import * as z from 'zod'
import { instant, pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { linkKind } from './schema.ts'

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
/** A link whose other task the reader cannot see. */
const HiddenLink = z.object({ id, kind: linkKind })
export type HiddenLink = z.infer<typeof HiddenLink>
export const LinkPage = pageOf(Link)
  .extend({ hidden: z.array(HiddenLink).meta({ description: 'Links to tasks in projects that you do not see' }) })
  .meta({ id: 'LinkPage' })
