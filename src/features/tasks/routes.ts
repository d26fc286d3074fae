import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondNoContent, respondWithPage, respondWithRow, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const taskRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/',
    describe({
      id: 'listTasks',
      summary: 'Tasks of a project, or mine in all projects',
      access: 'viewer',
      ok: { status: 200, schema: s.TaskPage },
      errors: ['not_found'],
    }),
    validate('query', s.ListTasks),
    async (c) => respondWithPage(c, await service.listTasks(c.var.ctx, c.req.valid('query'))),
  )
  .post(
    '/',
    describe({
      id: 'createTask',
      keyed: true,
      summary: 'Add a task',
      description: 'It goes to the bottom of its column; without a status, of the first column.',
      access: 'contributor',
      ok: { status: 201, location: '/tasks/{id}', schema: s.WrittenTask },
      errors: [
        'not_found',
        'project_archived',
        'too_many_tasks',
        'wip_limit_reached',
        'assignee_not_member',
        'label_not_found',
        'column_not_found',
        'parent_not_found',
        'parent_too_deep',
      ],
    }),
    validate('json', s.CreateTask),
    async (c) => respondWithWrite(c, await service.createTask(c.var.ctx, c.req.valid('json')), 201),
  )
  .get(
    '/:id',
    describe({
      id: 'getTask',
      summary: 'A task',
      access: 'viewer',
      ok: { status: 200, schema: s.Task },
      errors: ['not_found'],
      versioned: 'read',
    }),
    validate('param', taskParam),
    async (c) => respondWithRow(c, await service.getTask(c.var.ctx, c.req.valid('param').id)),
  )
  .patch(
    '/:id',
    describe({
      id: 'updateTask',
      summary: 'Edit a task',
      description:
        'With If-Match, returns 412 if the task has changed. With base_seq, merges: fields that others changed since conflict (409, with both values), the rest is written; of assignees, additions and removals of both sides are kept. Without it, a list replaces them, but who adds or removes only themselves undoes no change of others in the two seconds before. A new status moves the task to the bottom of that column.',
      access: 'contributor',
      ok: { status: 200, schema: s.WrittenTask },
      errors: [
        'not_found',
        'project_archived',
        'edit_conflict',
        'wip_limit_reached',
        'assignee_not_member',
        'label_not_found',
        'column_not_found',
        'parent_not_found',
        'parent_is_descendant',
        'parent_too_deep',
      ],
      versioned: 'write',
    }),
    validate('param', taskParam),
    validate('json', s.UpdateTask),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateTask(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .patch(
    '/:id/move',
    describe({
      id: 'moveTask',
      keyed: true,
      summary: 'Move a task on the board',
      description:
        'Send parameters in the query or as JSON (which overrides). Without a neighbour the task goes to the bottom. A neighbour that has left the column is ignored: a move never fails because somebody else moved.',
      access: 'contributor',
      ok: { status: 200, schema: s.WrittenTask },
      errors: ['not_found', 'project_archived', 'wip_limit_reached', 'column_not_found', 'task_not_found'],
      versioned: 'write',
    }),
    validate('param', taskParam),
    validate('query', s.MoveQuery),
    validate('json', s.MoveTask),
    async (c) => {
      const move = { ...c.req.valid('query'), ...c.req.valid('json') }
      return respondWithWrite(c, await service.moveTask(c.var.ctx, c.req.valid('param').id, move, ifMatch(c)), 200)
    },
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteTask',
      summary: 'Put a task into the trash',
      description: 'It can be restored for 30 days.',
      access: 'editor',
      ok: { status: 204 },
      errors: ['not_found', 'project_archived'],
      versioned: 'write',
    }),
    validate('param', taskParam),
    async (c) => respondNoContent(c, await service.deleteTask(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
  .post(
    '/:id/restore',
    describe({
      id: 'restoreTask',
      keyed: true,
      summary: 'Take a task out of the trash',
      access: 'editor',
      ok: { status: 200, schema: s.WrittenTask },
      errors: ['not_found', 'project_archived', 'wip_limit_reached'],
      versioned: 'write',
    }),
    validate('param', taskParam),
    async (c) => respondWithWrite(c, await service.restoreTask(c.var.ctx, c.req.valid('param').id, ifMatch(c)), 200),
  )
