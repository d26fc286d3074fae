import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const transferRoutes = new Hono<App>().post(
  '/:id/transfer',
  describe({
    id: 'transferTask',
    keyed: true,
    summary: 'Take a task to another project',
    description:
      'It keeps its id, comments and checklists, and gets a new number. `dropped` says what it could not take along. In the other project you must be a contributor.',
    access: 'editor',
    ok: { status: 200, schema: s.TransferredTask },
    errors: [
      'not_found',
      'project_archived',
      'wip_limit_reached',
      'column_not_found',
      'too_many_tasks',
      'too_many_comments',
      'too_many_items',
    ],
  }),
  validate('param', taskParam),
  validate('json', s.TransferTask),
  async (c) =>
    respondWithWrite(c, await service.transferTask(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
)
