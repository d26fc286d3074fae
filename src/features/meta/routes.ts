import { Hono } from 'hono'
import * as z from 'zod'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { countStranger } from '../../http/stranger.ts'
import { readiness } from './health.ts'

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health', example: { status: 'ok' } })
const Readiness = z
  .object({
    status: z.enum(['ok', 'degraded', 'down']),
    database: z.enum(['ok', 'down']),
    cache: z.enum(['ok', 'down']),
  })
  .meta({ id: 'Readiness', example: { status: 'ok', database: 'ok', cache: 'ok' } })

/** Routes about the service itself: health. */
export const metaRoutes = new Hono<App>()
  .get(
    '/healthz',
    describe({ id: 'health', summary: 'The Worker answers', access: 'public', ok: { status: 200, schema: Health } }),
    (c) => c.json({ status: 'ok' as const }),
  )
  .get(
    '/readyz',
    describe({
      id: 'readiness',
      summary: 'Postgres and Redis answer too',
      description: '503 when Postgres does not; `degraded` without Redis.',
      access: 'public',
      ok: { status: 200, schema: Readiness },
      failure_bodies: { 503: Readiness },
      errors: ['too_many_requests'],
    }),
    countStranger,
    async (c) => {
      const state = await readiness(c.var.ctx)
      return c.json(state, state.status === 'down' ? 503 : 200)
    },
  )
