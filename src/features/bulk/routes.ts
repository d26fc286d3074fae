import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { documentOf } from '../../http/problem.ts'
import { respondWithResults } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const bulkRoutes = new Hono<App>().post(
  '/bulk',
  describe({
    id: 'bulkTasks',
    keyed: true,
    summary: 'Create, edit, move and delete tasks at once',
    description:
      'All or nothing: `errors` of a refusal names the operation, as `operations.3`. Each is what its own request would be; to delete takes an editor. Counts as one request for every 4 operations.',
    access: 'contributor',
    ok: { status: 200, schema: s.BulkResult },
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
  }),
  validate('json', s.BulkTasks),
  async (c) => respondWithResults(c, await service.applyOperations(c.var.ctx, c.req.valid('json'), documentOf)),
)
