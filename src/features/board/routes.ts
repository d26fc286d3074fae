import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { respondFromCache, respondWithPage } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import * as service from './service.ts'

export const boardRoutes = new Hono<App>()
  .get(
    '/:id/board',
    describe({
      id: 'getBoard',
      summary: 'The whole board at one moment',
      description:
        'Columns with their first tasks, and the members. `seq` is the moment: open the socket with `since=<epoch>:<seq>` and nothing is missed or repeated. The rest of a column: `GET /tasks?project_id=…&status=…&sort=position&cursor=<next_cursor>`. A board whose cards would exceed 1 MiB of JSON shows the beginning of long descriptions (`description_truncated`), and fewer cards when that is not enough.',
      access: 'viewer',
      ok: { status: 200, schema: s.Board },
      errors: ['not_found'],
      versioned: 'read',
      cached: true,
    }),
    validate('param', idParam),
    validate('query', s.BoardQuery),
    async (c) =>
      respondFromCache(c, await service.getBoard(c.var.ctx, c.req.valid('param').id, c.req.valid('query').per_column)),
  )
  .get(
    '/:id/progress',
    describe({
      id: 'getProgress',
      summary: 'How far the project is',
      description: 'Overdue is counted by the day in your time zone.',
      access: 'viewer',
      ok: { status: 200, schema: s.Progress },
      errors: ['not_found'],
      cached: true,
    }),
    validate('param', idParam),
    async (c) => respondFromCache(c, await service.getProgress(c.var.ctx, c.req.valid('param').id)),
  )
  .get(
    '/:id/activity',
    describe({
      id: 'listActivity',
      summary: "The project's journal",
      description: 'Every change, in the order of commit: newest first, or with `since` oldest first from there.',
      access: 'viewer',
      ok: { status: 200, schema: s.ActivityPage },
      errors: ['not_found'],
    }),
    validate('param', idParam),
    validate('query', s.ListActivity),
    async (c) =>
      respondWithPage(c, await service.listActivity(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))),
  )
