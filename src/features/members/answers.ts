import * as z from 'zod'
import { pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { role } from './schema.ts'

export const Member = z
  .object({
    id,
    project_id: id,
    user_id: id,
    role,
    ...stamps,
    user: z.object({ id, name: z.string(), email: z.string(), avatar_url: z.string().nullable() }),
  })
  .meta({ id: 'Member', example: examples.member })
export const MemberPage = pageOf(Member).meta({ id: 'MemberPage' })
export type MemberPage = z.infer<typeof MemberPage>
