import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { Project } from '../projects/answers.ts'

export const Imported = z
  .object({
    project: Project,
    epoch: z.uuid(),
    seq: z.int().meta({
      description: 'The `seq` of the new project: that of the last line, or higher if members or links had to change',
    }),
    imported: z.int().meta({ description: 'Number of imported journal lines' }),
    unmatched: z.array(z.object({ email: z.string(), name: z.string() })).meta({
      description: 'People of the file who are not found here: the importer is recorded in their place',
    }),
  })
  .meta({
    id: 'Imported',
    example: {
      project: examples.project,
      epoch: examples.ids.epoch,
      seq: 42,
      imported: 42,
      unmatched: [{ email: 'grace@example.com', name: 'Grace' }],
    },
  })
export type Imported = z.infer<typeof Imported>
