import * as z from 'zod'
import { examples } from '../../lib/examples.ts'
import { id, line, prose, timezone } from '../../lib/fields.ts'
import { category } from '../columns/schema.ts'
import { projectKey } from '../projects/schema.ts'
import { folded } from './words.ts'

export const FORMATS = ['trello', 'jira', 'linear', 'wekan', 'asana', 'csv', 'flowtrack'] as const

const byName = <S extends z.ZodType>(value: S) =>
  z
    .record(z.string().max(500), value)
    .transform((named) => new Map(Object.entries(named).map(([name, to]) => [folded(name), to as z.output<S>])))

const Mapping = z.strictObject({
  columns: byName(category).optional(),
  fields: byName(z.string().regex(/^[a-z_]{1,40}$/, 'must be the name of a field')).optional(),
  people: byName(z.email().max(320)).optional(),
  dates: z.enum(['dmy', 'mdy']).optional(),
})
export type Mapping = z.infer<typeof Mapping>

const mapping = z.string().transform((text, issue): Mapping => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    issue.addIssue('is not JSON')
    return z.NEVER
  }
  const { success, data, error } = Mapping.safeParse(json)
  if (success) return data
  for (const { path, message } of error.issues.slice(0, 20)) issue.addIssue({ code: 'custom', path, message })
  return z.NEVER
})

export const ImportFile = z.object({
  format: z.enum(FORMATS).optional().meta({ description: 'Found out from the file, if you do not say' }),
  tz: timezone.optional().meta({ description: 'The zone of times without one, and of days; yours, if you do not say' }),
  key: projectKey.optional().meta({ description: 'The key of the new project' }),
  name: line(200).optional().meta({ description: 'The name of the new project' }),
  project: prose(200)
    .optional()
    .meta({ description: 'Which project, or team, of a file of several; else the largest' }),
  map: mapping.optional().meta({
    description:
      'JSON: `{"columns": {"<column>": "<category>"}, "fields": {"<header>": "<field>"}, "people": {"<name>": "<e-mail>"}, "dates": "dmy"}`, each part optional',
  }),
})
export type ImportFile = z.infer<typeof ImportFile>

/** A file that is to become a project; `ours`: an export of FlowTrack's own, by its media type. */
export type File = { body: ReadableStream<Uint8Array>; query: ImportFile; ours: boolean }

const none = { templates: 0, comments: 0, checklists: 0, checklist_items: 0, labels: 0, links: 0, attachments: 0 }
const example = {
  format: 'csv',
  project: { name: 'Kitchen', key: 'KITCHE' },
  counts: { columns: 1, tasks: 2, archived: 0, ...none },
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
const Found = z
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
    people: z.array(Found),
    warnings: z.array(Warning),
  })
  .meta({ id: 'ImportReport', example })
export type ImportReport = z.infer<typeof ImportReport>
export const ImportedFile = ImportReport.extend({ project_id: id }).meta({
  id: 'ImportedFile',
  example: { project_id: examples.ids.project, ...example },
})
export type ImportedFile = z.infer<typeof ImportedFile>
