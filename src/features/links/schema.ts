import * as z from 'zod'
import { LINK_KINDS } from '../../db/schema.ts'
import { ifFormat } from '../../lib/fields.ts'
import { exampleIds } from '../../lib/request-examples.ts'

export const linkKind = z.enum(LINK_KINDS).meta({ id: 'LinkKind' })

export const CreateLink = z
  .strictObject({
    kind: linkKind.extract(['blocks', 'relates', 'duplicates']),
    task_id: z.uuid({ error: ifFormat('must be the id of the task, not its number') }).toLowerCase(),
  })
  .meta({ id: 'CreateLink', example: { kind: 'blocks', task_id: exampleIds.other_task } })
export type CreateLink = z.infer<typeof CreateLink>
