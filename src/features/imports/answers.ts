import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id } from '../../lib/fields.ts'
import { category } from '../columns/schema.ts'
import { FORMATS } from './schema.ts'

const noOthers = { templates: 0, comments: 0, checklists: 0, checklist_items: 0, labels: 0, links: 0, attachments: 0 }
const example = {
  format: 'csv',
  project: { name: 'Kitchen', key: 'KITCHE' },
  counts: { columns: 1, tasks: 2, archived: 0, ...noOthers },
  columns: [{ name: 'Ideas', category: 'backlog', tasks: 2 }],
  people: [],
  warnings: [],
}

const count = z.int().min(0)
const Counts = z
  .object({
    columns: count,
    tasks: count,
    archived: count,
    templates: count,
    comments: count,
    checklists: count,
    checklist_items: count,
    labels: count,
    links: count,
    attachments: count,
  })
  .meta({ id: 'ImportCounts' })
const Column = z.object({ name: z.string(), category, tasks: count }).meta({ id: 'ImportColumn' })
const Person = z
  .object({ name: z.string(), email: z.string().nullable(), matched_user_id: id.nullable() })
  .meta({ id: 'ImportPerson' })
const Warning = z
  .object({ code: z.string(), count, detail: z.string(), examples: z.array(z.string()) })
  .meta({ id: 'ImportWarning' })

export const ImportReport = z
  .object({
    format: z.enum(FORMATS),
    project: z.object({ name: z.string(), key: z.string() }),
    counts: Counts,
    columns: z.array(Column),
    people: z.array(Person),
    warnings: z.array(Warning),
  })
  .meta({ id: 'ImportReport', example })
export type ImportReport = z.infer<typeof ImportReport>
export const ImportedFile = ImportReport.extend({ project_id: id }).meta({
  id: 'ImportedFile',
  example: { project_id: examples.ids.project, ...example },
})
export type ImportedFile = z.infer<typeof ImportedFile>
