import * as z from 'zod'
import { PROJECT_ROLES } from '../../db/schema.ts'
import { id } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'
import { exampleIds } from '../../lib/request-examples.ts'

export const role = z.enum(PROJECT_ROLES).meta({ id: 'ProjectRole' })
export const ListMembers = z.object(pageQuery)
export type ListMembers = z.infer<typeof ListMembers>
export const AddMember = z
  .strictObject({ user_id: id, role: role.default('contributor') })
  .meta({ id: 'AddMember', example: { user_id: exampleIds.user, role: 'contributor' } })
export type AddMember = z.infer<typeof AddMember>
export const UpdateMember = z.strictObject({ role }).meta({ id: 'UpdateMember', example: { role: 'editor' } })
export type UpdateMember = z.infer<typeof UpdateMember>
export const memberParam = z.object({ id, user_id: id.meta({ description: 'The id of the person' }) })
