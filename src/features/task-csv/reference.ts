import type { Reference } from '../../http/reference.ts'
import { MEDIA_TYPE } from './schema.ts'

export const reference = {
  projectTable: {
    summary: 'All tasks of a project as CSV',
    description: 'Includes archived tasks. If something fails on the way, the download is aborted: request it again.',
    ok: { status: 200, formats: [MEDIA_TYPE] },
    errors: ['not_found'],
  },
  myTable: {
    summary: 'The tasks that are assigned to me, as CSV',
    description: 'Includes archived tasks, but no tasks of archived projects.',
    ok: { status: 200, formats: [MEDIA_TYPE] },
  },
} satisfies Reference
