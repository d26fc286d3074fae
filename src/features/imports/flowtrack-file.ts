import type { Ctx, IdempotencyKey } from '../../context.ts'
import { invalidAt } from '../../lib/errors.ts'
import { type Content, checkProject, importProject } from '../import-export/import.ts'
import type { ImportedFile, ImportReport } from './answers.ts'
import * as q from './queries.ts'
import { type File, type ImportFileQuery, unusedNames } from './schema.ts'
import { Warnings } from './warnings.ts'
import { foldName } from './words.ts'

/*
 * FlowTrack's own export, sent to the paths for other products: imported as an export, with the report that all formats
 * have.
 */

/** Refuses the parameters that apply only to files of other products. */
function refuseForeignParameters({ format, name, project, map }: ImportFileQuery): void {
  const refused = {
    format: format !== undefined && format !== 'flowtrack',
    name: name !== undefined,
    project: project !== undefined,
    map: (map?.columns?.size ?? 0) + (map?.fields?.size ?? 0) > 0 || map?.dates !== undefined,
  }
  for (const [parameter, isRefused] of Object.entries(refused))
    if (isRefused)
      throw invalidAt(
        parameter,
        'is not allowed for a FlowTrack export: leave it out, and change the project after the import',
      )
}

function reportOf({ header, key, people, summary }: Content, { map }: ImportFileQuery): ImportReport {
  const { columns, trashed, links_outside, ...counts } = summary
  const warnings = new Warnings()
  const unmatched = people.unmatched.map(({ name }) => name)
  warnings.add('people_replaced', unmatched.join(', '), unmatched.length)
  for (const name of unusedNames(map)) warnings.add('map_unused', name)
  warnings.add('tasks_trashed', undefined, trashed)
  warnings.add('links_outside', undefined, links_outside)
  return {
    format: 'flowtrack',
    project: { name: header.project.name, key },
    counts: { columns: columns.length, ...counts, templates: 0, attachments: 0 },
    columns,
    people: header.users.map(({ id, name, email }) => ({
      name,
      email,
      matched_user_id: people.strangers.has(id) ? null : (people.users.get(id) ?? null),
    })),
    warnings: warnings.list(),
  }
}

const optionsOf = ({ body, query: { key, map } }: File) => ({
  body,
  key,
  findsKey: true as const,
  replaceEmails: (users: Content['header']['users']) =>
    users.map((user) => {
      const [byName, byEmail] = [user.name, user.email].map((name) => map?.people?.get(foldName(name)))
      return { ...user, email: byName ?? byEmail ?? user.email }
    }),
})

export async function previewFlowTrackFile(ctx: Ctx, file: File): Promise<ImportReport> {
  refuseForeignParameters(file.query)
  return reportOf(await checkProject(ctx, optionsOf(file)), file.query)
}

export async function importFlowTrackFile(ctx: Ctx, file: File, keyFor?: (content: string) => IdempotencyKey) {
  refuseForeignParameters(file.query)
  const answer = (project: string, content: Content) => q.answerJsonOf(project, reportOf(content, file.query))
  const { row, head } = await importProject(ctx, { ...optionsOf(file), answer, ...(keyFor && { keyFor }) })
  return { row: row as unknown as ImportedFile, head }
}
