import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'
import * as s from './schema.ts'

export const reference = {
  exportProject: {
    summary: 'Export a project, as its journal',
    description:
      'Newline-delimited JSON. First a header: `{"flowtrack": 1, "epoch", "seq", "project": {…}, "users": [{id, email, name}]}` with everybody whom the journal names. Then every row of the journal in order of seq, from 1 to the `seq` of the header. A file that ends earlier is incomplete: if something fails, the stream is aborted. The file is a backup for `POST /projects/import`.',
    ok: { status: 200, formats: [s.MEDIA_TYPE] },
    errors: ['not_found'],
  },
  importProject: {
    summary: 'Create a project from an export',
    description:
      'Replays the journal with new ids and a new epoch; each `seq` stays. Up to 64 MiB, all or nothing: for an invalid line, returns 422 with its number (path `line 42`). People are found by e-mail if they share a project with you (an administrator finds everybody). You are recorded in place of all others (`unmatched`), but not as author of comments. You become a manager. Imported events have the request_id `import:<your id>`. You have one import at a time: another one ends the first.',
    ok: { status: 201, schema: a.Imported },
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
    accepts: [s.MEDIA_TYPE],
  },
} satisfies Reference
