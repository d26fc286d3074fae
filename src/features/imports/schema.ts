import * as z from 'zod'
import { line, prose, timezone } from '../../lib/fields.ts'
import { category } from '../columns/schema.ts'
import { MEDIA_TYPE } from '../import-export/schema.ts'
import { projectKey } from '../projects/schema.ts'
import { MappedNames } from './mapped-names.ts'

export const FORMATS = ['trello', 'jira', 'linear', 'wekan', 'asana', 'csv', 'flowtrack'] as const

/** The media types of a file; the last is that of our own export. */
export const FILE_TYPES = ['application/json', 'text/csv', 'text/tab-separated-values', MEDIA_TYPE]

/** What `map.fields` may name. docs/imports.md says which of them each format has. */
const FIELD_NAMES = [
  'priority',
  'estimate',
  'start_date',
  'due_date',
  'text',
  'ignore',
  'title',
  'status',
  'description',
  'labels',
  'assignee',
  'created_at',
  'updated_at',
  'completed_at',
  'parent',
  'id',
  'key',
] as const

const MAX_NAME = 500

/** A map from names that users chose to values of this schema. z.record would drop the name `__proto__`. */
const mapSchemaOf = <S extends z.ZodType>(value: S) =>
  z
    .custom<Record<string, unknown>>(
      (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
      'must be an object that maps names to values',
    )
    .transform((given, { issues }) => {
      const refuse = (name: string, message: string) =>
        void issues.push({ code: 'custom', path: [name], message, input: given })
      const entries = Object.entries(given).flatMap(([name, to]): [string, z.output<S>][] => {
        if (name.length > MAX_NAME) refuse(name, `is a name of more than ${MAX_NAME} characters`)
        const { data, error } = value.safeParse(to)
        for (const { message } of error?.issues ?? []) refuse(name, message)
        return error ? [] : [[name, data as z.output<S>]]
      })
      return new MappedNames(entries)
    })

const Mapping = z.strictObject({
  columns: mapSchemaOf(category).optional(),
  fields: mapSchemaOf(z.enum(FIELD_NAMES)).optional(),
  people: mapSchemaOf(z.email().max(320)).optional(),
  dates: z.enum(['dmy', 'mdy']).optional(),
})
export type Mapping = z.infer<typeof Mapping>

/** The names that the importer maps, but that the file does not have. To be called once the file is read. */
export const unusedNames = (map: Mapping = {}) =>
  [map.columns, map.fields, map.people].flatMap((names) => names?.unused() ?? [])

const mapping = z.string().transform((text, issue): Mapping => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    issue.addIssue('must be JSON')
    return z.NEVER
  }
  const { success, data, error } = Mapping.safeParse(json)
  if (success) return data
  for (const { path, message } of error.issues.slice(0, 20)) issue.addIssue({ code: 'custom', path, message })
  return z.NEVER
})

export const ImportFileQuery = z.object({
  format: z.enum(FORMATS).optional().meta({ description: 'By default, it is detected from the file' }),
  tz: timezone
    .optional()
    .meta({ description: 'IANA time zone of days, and of times without a zone; by default that of your account' }),
  key: projectKey.optional().meta({ description: 'The key of the new project' }),
  name: line(200).optional().meta({ description: 'The name of the new project' }),
  project: prose(200)
    .optional()
    .meta({ description: 'If the file has several projects (or teams): the one to import; by default, the largest' }),
  map: mapping.optional().meta({
    description:
      'JSON: `{"columns": {"<column>": "<category>"}, "fields": {"<header>": "<field>"}, "people": {"<name>": "<e-mail>"}, "dates": "dmy"}`, each part optional',
  }),
})
export type ImportFileQuery = z.infer<typeof ImportFileQuery>

/** A file that is to become a project; `ours`: an export of FlowTrack's own, by its media type. */
export type File = { body: ReadableStream<Uint8Array>; query: ImportFileQuery; ours: boolean }
