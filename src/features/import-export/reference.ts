import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'
import * as s from './schema.ts'

export const reference = {
  exportProject: {
    summary: 'Export a project, as its journal',
    description:
      'Newline-delimited JSON. First a header: `{"flowtrack": 1, "epoch", "seq", "project": {…}, "users": [{id, email, name}]}` with everybody whom the journal names. Then every row of the journal in order of seq, from 1 to the `seq` of the header. A file that ends earlier is not whole: the stream breaks off when something fails. The file is a backup; `POST /projects/import` takes it.',
    ok: { status: 200, formats: [s.MEDIA_TYPE] },
    errors: ['not_found'],
  },
  importProject: {
    summary: 'Make a project out of an export',
    description:
      'The tables equal a replay of the journal, under new ids and a new epoch; seq stays. Up to 64 MiB, all or nothing: a bad line refuses the file with its number (422, path `line 42`). People are found by e-mail if they share a project with you (an administrator finds everybody); you are recorded in place of all others (`unmatched`), but not as author of comments, and become a manager. Imported rows have the request_id `import:<your id>`. A person has one import at a time: another one ends the first.',
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
