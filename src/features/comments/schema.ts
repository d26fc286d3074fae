import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, instant, stamps, visible } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'

export const body = visible(20_000)

export const Comment = z
  .object({
    id,
    project_id: id,
    task_id: id,
    user_id: id.nullable().meta({ description: 'null: an import did not find its author' }),
    body: z.string().meta({ description: 'Markdown; mentions members as `@[Name](user:<id>)`' }),
    edited_at: instant.nullable(),
    ...stamps,
    user: z.object({ id, name: z.string(), avatar_url: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Comment', example: examples.comment })
export const CommentPage = pageOf(Comment).meta({ id: 'CommentPage' })

export const ListComments = z.object({
  ...pageQuery,
  sort: z
    .enum(['created_at', '-created_at'])
    .default('created_at')
    .meta({ description: '`-created_at`: newest first' }),
})
export type ListComments = z.infer<typeof ListComments>

export const WriteComment = z
  .strictObject({ body })
  .meta({ id: 'WriteComment', example: { body: examples.comment.body } })
export type WriteComment = z.infer<typeof WriteComment>
