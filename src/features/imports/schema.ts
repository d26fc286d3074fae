import * as z from 'zod'
import { line, prose, timezone } from '../../lib/fields.ts'
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
