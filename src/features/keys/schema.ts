import * as z from 'zod'
import { KEY_SCOPES } from '../../db/schema.ts'
import { examples } from '../../lib/examples.ts'
import { id, instant, line, moment } from '../../lib/fields.ts'
import { pageOf, pageQuery } from '../../lib/page.ts'

const scope = z.enum(KEY_SCOPES).meta({ id: 'KeyScope' })

const scopes = z
  .array(scope)
  .min(1)
  .max(KEY_SCOPES.length)
  .transform((named) => KEY_SCOPES.filter((scope) => named.includes(scope)))
  .meta({
    description:
      '`read`: GET, sockets and tickets. `write`: everything else. `admin`: with one of these, what an administrator may do beyond a member. Never more than its owner may.',
  })

const expires_at = moment.nullable().meta({ description: 'null: it works until it is revoked' })

export const CreateKey = z
  .strictObject({
    name: line(100),
    scopes,
    project_ids: z
      .array(id)
      .min(1)
      .max(50)
      .nullable()
      .default(null)
      .meta({ description: 'No other project exists for this key; null: all of mine do' }),
    expires_at: expires_at.default(null),
  })
  .meta({ id: 'CreateKey', example: { name: 'Nightly report', scopes: ['read'] } })
export type CreateKey = z.infer<typeof CreateKey>

const fields = {
  id,
  name: z.string(),
  prefix: z.string().meta({ description: 'How the key begins' }),
  scopes: z.array(scope),
  project_ids: z.array(id).nullable(),
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().meta({ description: 'To the minute' }),
  revoked_at: instant.nullable(),
  created_at: instant,
}

export const ApiKey = z.object(fields).meta({ id: 'ApiKey', example: examples.api_key })
export const ApiKeyPage = pageOf(ApiKey).meta({ id: 'ApiKeyPage' })
export const NewApiKey = z
  .object({ ...fields, key: z.string().meta({ description: 'The secret itself; it is shown this once' }) })
  .meta({ id: 'NewApiKey', example: { ...examples.api_key, key: examples.key } })

export const ListKeys = z.object(pageQuery)
export type ListKeys = z.infer<typeof ListKeys>
