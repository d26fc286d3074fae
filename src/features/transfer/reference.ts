import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  transferTask: {
    summary: 'Move a task to another project',
    description:
      'It keeps its id, comments and checklists, and gets a new number. `dropped` says what it lost. In the other project you must be a contributor.',
    ok: { status: 200, schema: a.TransferredTask },
    errors: [
      'not_found',
      'project_archived',
      'wip_limit_reached',
      'column_not_found',
      'too_many_tasks',
      'too_many_comments',
      'too_many_items',
    ],
  },
} satisfies Reference
