import * as z from 'zod'
import { visibleText } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleInputs } from '../../lib/request-examples.ts'

export const body = visibleText(20_000)

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
  .meta({ id: 'WriteComment', example: { body: exampleInputs.comment_body } })
export type WriteComment = z.infer<typeof WriteComment>
