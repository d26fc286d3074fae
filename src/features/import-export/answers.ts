import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { Project } from '../projects/answers.ts'

export const Imported = z
  .object({
    project: Project,
    epoch: z.uuid(),
    seq: z.int().meta({ description: 'The head: the seq of the last line, unless members or links changed after it' }),
    imported: z.int().meta({ description: 'Number of journal lines that were imported' }),
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
