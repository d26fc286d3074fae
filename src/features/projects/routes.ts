import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { ifMatch } from '../../http/etag.ts'
import { respondFromCache, respondNoContent, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectRoutes = new Hono<App>()
  .get(
    '/',
    describe({
      id: 'listProjects',
      summary: 'My projects; every project for an administrator',
      access: 'user',
      bound_keys: true,
      ok: { status: 200, schema: s.ProjectPage },
    }),
    validate('query', s.ListProjects),
    async (c) => respondWithPage(c, await service.listProjects(c.var.ctx, c.req.valid('query'))),
  )
  .post(
    '/',
    describe({
      id: 'createProject',
      keyed: true,
      journalled: true,
      summary: 'Start a project',
      description: 'It begins with the columns todo, in_progress, review and done, and with you as its manager.',
      access: 'user',
      ok: { status: 201, location: '/projects/{id}', schema: s.Project },
      errors: ['key_taken', 'too_many_projects'],
    }),
    validate('json', s.CreateProject),
    async (c) => respondWithWrite(c, await service.createProject(c.var.ctx, c.req.valid('json')), 201),
  )
  .get(
    '/:id',
    describe({
      id: 'getProject',
      summary: 'A project',
      access: 'viewer',
      ok: { status: 200, schema: s.Project },
      errors: ['not_found'],
      versioned: 'read',
      cached: true,
    }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.getProject(c.var.ctx, c.req.valid('param').id)),
  )
  .patch(
    '/:id',
    describe({
      id: 'updateProject',
      summary: 'Edit a project',
      description: 'Status `archived` makes it read-only; any other status opens it again.',
      access: 'manager',
      ok: { status: 200, schema: s.Project },
      errors: ['not_found', 'project_archived', 'edit_conflict'],
      versioned: 'write',
    }),
    validate('param', idParam),
    validate('json', s.UpdateProject),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateProject(c.var.ctx, c.req.valid('param').id, c.req.valid('json'), ifMatch(c)),
        200,
      ),
  )
  .patch(
    '/:id/quotas',
    describe({
      id: 'setQuotas',
      summary: 'How much a project may hold',
      description: 'In place of the numbers of this deployment; null: those again. Says what holds now.',
      access: 'admin',
      ok: { status: 200, schema: s.Quotas },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    validate('json', s.SetQuotas),
    async (c) => c.json(await service.setQuotas(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .delete(
    '/:id',
    describe({
      id: 'deleteProject',
      summary: 'Delete a project with all that is in it',
      description: 'Closes its sockets. This cannot be undone.',
      access: 'manager',
      ok: { status: 204 },
      errors: ['not_found'],
      versioned: 'write',
    }),
    validate('param', idParam),
    async (c) => respondNoContent(c, await service.deleteProject(c.var.ctx, c.req.valid('param').id, ifMatch(c))),
  )
