import * as z from 'zod'
import { PROJECT_ROLES } from '../../db/schema.ts'
import { examples } from '../../lib/examples.ts'
import { id, stamps } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'

const role = z.enum(PROJECT_ROLES).meta({ id: 'ProjectRole' })

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
export const ListMembers = z.object(pageQuery)
export type ListMembers = z.infer<typeof ListMembers>
export const AddMember = z
  .strictObject({ user_id: id, role: role.default('contributor') })
  .meta({ id: 'AddMember', example: { user_id: examples.ids.user, role: 'contributor' } })
export type AddMember = z.infer<typeof AddMember>
export const UpdateMember = z.strictObject({ role }).meta({ id: 'UpdateMember', example: { role: 'editor' } })
export type UpdateMember = z.infer<typeof UpdateMember>
export const memberParam = z.object({ id, user_id: id.meta({ description: 'The id of the person' }) })
