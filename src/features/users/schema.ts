import * as z from 'zod'
import { USER_ROLES } from '../../db/schema.ts'
import { addressOf, asciiAddress } from '../../lib/email-address.ts'
import { line, link, timezone } from '../../lib/fields.ts'
import { pageQuery } from '../../lib/page.ts'

/** An e-mail address in its one form: trimmed, in lower case, the domain in ASCII. */
export const email = z
  .string()
  .max(320, { error: 'must have at most 254 characters', abort: true })
  .overwrite(addressOf)
  .max(254, { abort: true })
  .refine((address) => z.email().safeParse(asciiAddress(address)).success, 'must be an e-mail address')
  .meta({ format: 'email' })
/** Its characters are counted in the normal form that is hashed: e with an accent is one, however it was typed. */
export const password = z
  .string()
  .min(8, { abort: true })
  .max(128)
  .refine((text) => [...text.normalize('NFKC')].length >= 8, 'must have at least 8 characters')
const avatar_url = link.nullable()
export const role = z.enum(USER_ROLES).meta({ id: 'UserRole' })

/** Characters that are words, and often family names, by themselves. */
const CHARACTER = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]$/u

export const ListUsers = z.object({
  ...pageQuery,
  q: line(100)
    .refine((q) => q.length > 1 || CHARACTER.test(q), 'needs two letters, or one Chinese, Japanese or Korean character')
    .optional()
    .meta({
      description: 'First letters of a word of the name, or of the e-mail; required, except for administrators',
    }),
})
export type ListUsers = z.infer<typeof ListUsers>

export const CreateUser = z.strictObject({ email, name: line(200), password, role: role.default('member') }).meta({
  id: 'CreateUser',
  example: { email: 'alan.turing@example.com', name: 'Alan', password: 'correct horse battery' },
})
export type CreateUser = z.infer<typeof CreateUser>

const profile = { name: line(200).optional(), avatar_url: avatar_url.optional(), timezone: timezone.optional() }

export const UpdateMe = z
  .strictObject(profile)
  .meta({ id: 'UpdateMe', example: { name: 'Ada Lovelace', timezone: 'Europe/London' } })
export type UpdateMe = z.infer<typeof UpdateMe>

export const UpdateUser = z
  .strictObject({
    ...profile,
    email: email.optional(),
    role: role.optional(),
    is_active: z.boolean().optional(),
  })
  .meta({ id: 'UpdateUser', example: { role: 'admin' } })
export type UpdateUser = z.infer<typeof UpdateUser>
