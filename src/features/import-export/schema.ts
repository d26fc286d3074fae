import * as z from 'zod'
import { projectKey } from '../projects/schema.ts'

export const MEDIA_TYPE = 'application/x-ndjson'

export const MAX_BYTES = 64 * 1024 * 1024

export const ImportQuery = z.object({
  key: projectKey.optional().meta({ description: 'Another key for the project, and so for its task numbers' }),
})
