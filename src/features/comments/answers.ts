import * as z from 'zod'
import { instant, pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'

export const Comment = z
  .object({
    id,
    project_id: id,
    task_id: id,
    user_id: id.nullable().meta({ description: 'null: an import did not find its author' }),
    body: z.string().meta({ description: 'Markdown; mentions members as `@[Name](user:<id>)`, but not in code' }),
    edited_at: instant.nullable(),
    ...stamps,
    user: z.object({ id, name: z.string(), avatar_url: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Comment', example: examples.comment })
export const CommentPage = pageOf(Comment).meta({ id: 'CommentPage' })
