import * as z from 'zod'
import { instant, pageOf } from '../../lib/answers.ts'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { scope } from './schema.ts'

const fields = {
  id,
  name: z.string(),
  prefix: z.string().meta({ description: 'How the key begins' }),
  scopes: z.array(scope),
  project_ids: z.array(id).nullable(),
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().meta({ description: 'Accurate to the minute' }),
  revoked_at: instant.nullable(),
  created_at: instant,
}

export const ApiKey = z.object(fields).meta({ id: 'ApiKey', example: examples.api_key })
export const ApiKeyPage = pageOf(ApiKey).meta({ id: 'ApiKeyPage' })
export const NewApiKey = z
  .object({ ...fields, key: z.string().meta({ description: 'The secret itself. Only this answer shows it' }) })
  .meta({ id: 'NewApiKey', example: { ...examples.api_key, key: examples.key } })
