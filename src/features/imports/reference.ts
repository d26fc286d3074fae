import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'
import { FILE_TYPES } from './schema.ts'

export const reference = {
  previewImport: {
    summary: 'Preview an import',
    description: 'Takes what `POST /imports` takes, and returns the same report, but creates no project.',
    ok: { status: 200, schema: a.ImportReport },
    errors: ['key_taken', 'body_too_large', 'unsupported_media_type'],
    journalled: false,
    accepts: FILE_TYPES,
  },
  importFile: {
    summary: 'Create a project from a file',
    description:
      'The file is an export of Trello or WeKan (JSON), of Jira, Linear or Asana (CSV), any CSV with titles, or an export of FlowTrack (NDJSON). Up to 64 MiB, all or nothing. You become a manager of the project. `warnings` counts what is dropped or changed. People are found by e-mail if they share a project with you (an administrator finds everybody).',
    ok: { status: 201, schema: a.ImportedFile },
    errors: [
      'key_taken',
      'import_outdated',
      'import_superseded',
      'too_many_members',
      'too_many_projects',
      'body_too_large',
      'unsupported_media_type',
    ],
    journalled: true,
    accepts: FILE_TYPES,
  },
} satisfies Reference
