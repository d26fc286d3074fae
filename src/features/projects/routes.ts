import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { preconditionOf } from '../../http/etag.ts'
import { respondFromCache, respondNoContent, respondWithPage, respondWithWrite } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const projectRoutes = new Hono<App>()
  .get(
    '/',
    describe({ id: 'listProjects', access: 'user', bound_keys: true }),
    validate('query', s.ListProjects),
    async (c) => respondWithPage(c, await service.listProjects(c.get('ctx'), c.req.valid('query'))),
  )
  .post(
    '/',
    describe({ id: 'createProject', access: 'user', location: '/projects/{id}', keyed: true }),
    validate('json', s.CreateProject),
    async (c) => respondWithWrite(c, await service.createProject(c.get('ctx'), c.req.valid('json')), 201),
  )
  .get(
    '/:id',
    describe({ id: 'getProject', access: 'viewer', versioned: 'read', cached: true }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.getProject(c.get('ctx'), c.req.valid('param').id)),
  )
  .patch(
    '/:id',
    describe({ id: 'updateProject', access: 'manager', versioned: 'write' }),
    validate('param', idParam),
    validate('json', s.UpdateProject),
    async (c) =>
      respondWithWrite(
        c,
        await service.updateProject(c.get('ctx'), c.req.valid('param').id, c.req.valid('json'), preconditionOf(c)),
        200,
      ),
  )
  .patch(
    '/:id/quotas',
    describe({ id: 'setQuotas', access: 'admin' }),
    validate('param', idParam),
    validate('json', s.SetQuotas),
    async (c) => c.json(await service.setQuotas(c.get('ctx'), c.req.valid('param').id, c.req.valid('json')), 200),
  )
  .delete(
    '/:id',
    describe({ id: 'deleteProject', access: 'manager', versioned: 'write' }),
    validate('param', idParam),
    async (c) =>
      respondNoContent(c, await service.deleteProject(c.get('ctx'), c.req.valid('param').id, preconditionOf(c))),
  )
