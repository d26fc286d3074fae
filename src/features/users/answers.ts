import * as z from 'zod'
import { pageOf, stamps } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { role } from './schema.ts'

export const User = z
  .object({
    id,
    email: z.string(),
    name: z.string(),
    role,
    is_active: z.boolean(),
    avatar_url: z.string().nullable(),
    timezone: z.string(),
    ...stamps,
  })
  .meta({ id: 'User', example: examples.user })
export type User = z.infer<typeof User>

/** The fields that members see of the people they find. */
export const FoundUser = z
  .object({ id, name: z.string(), avatar_url: z.string().nullable() })
  .meta({ id: 'FoundUser', example: examples.found })
export const UserPage = pageOf(z.union([User, FoundUser])).meta({
  id: 'UserPage',
  description: 'For an administrator: accounts with all fields; for others: id, name and picture',
  example: { items: [examples.found], next_cursor: null },
})
export type UserPage = z.infer<typeof UserPage>
