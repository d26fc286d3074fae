import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { respondNoContent, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam, taskParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const taskLinkRoutes = new Hono<App>()
  .use('/links/*', requireBearer)
  .get(
    '/tasks/:id/links',
    describe({
      id: 'listTaskLinks',
      summary: "A task's links to other tasks",
      description: 'Links to tasks of projects that you do not see are left out.',
      access: 'viewer',
      ok: { status: 200, schema: s.LinkPage },
      errors: ['not_found'],
    }),
    validate('param', taskParam),
    async (c) => respondWithPage(c, await service.listLinks(c.var.ctx, c.req.valid('param').id)),
  )
  .post(
    '/tasks/:id/links',
    describe({
      id: 'linkTasks',
      keyed: true,
      summary: 'Link a task to another',
      description: 'The other task may be in another project in which you are a contributor, too.',
      access: 'contributor',
      ok: { status: 201, location: '/tasks/{task_id}/links', schema: s.Link },
      errors: [
        'not_found',
        'project_archived',
        'already_linked',
        'link_circle',
        'task_not_found',
        'too_many_task_links',
      ],
    }),
    validate('param', taskParam),
    validate('json', s.CreateLink),
    async (c) =>
      respondWithWrite(c, await service.createLink(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 201),
  )
  .delete(
    '/links/:id',
    describe({
      id: 'unlinkTasks',
      summary: 'Remove a link, from both tasks',
      access: 'contributor',
      ok: { status: 204 },
      errors: ['not_found', 'project_archived'],
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteLink(c.var.ctx, c.req.valid('param').id)),
  )
