import * as z from 'zod'
import { pageQuery } from '../../lib/page.ts'
import { email, role } from '../users/schema.ts'

export const CreateInvitation = z
  .strictObject({ email, role: role.default('member') })
  .meta({ id: 'CreateInvitation', example: { email: 'margaret.hamilton@example.com' } })
export type CreateInvitation = z.infer<typeof CreateInvitation>

export const ListInvitations = z.object(pageQuery)
export type ListInvitations = z.infer<typeof ListInvitations>
