import type { Reference } from '../../http/reference.ts'
import * as a from './answers.ts'

export const reference = {
  bulkTasks: {
    summary: 'Create, edit, move and delete tasks at once',
    description:
      'All or nothing, unless `partial` is true. `errors` of a refusal names the operation, counted from 0 (`operations.3`). Each operation works as a single request would; to delete, you must be an editor. Counts as one request for every 4 operations.',
    ok: { status: 200, schema: a.BulkResult },
    errors: [
      'not_found',
      'project_archived',
      'edit_conflict',
      'too_many_tasks',
      'wip_limit_reached',
      'version_mismatch',
      'assignee_not_member',
      'label_not_found',
      'column_not_found',
      'parent_not_found',
      'parent_is_descendant',
      'parent_too_deep',
      'task_not_found',
    ],
  },
} satisfies Reference
