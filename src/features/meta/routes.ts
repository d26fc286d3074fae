import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { describe } from '../../http/describe.ts'
import { countStranger } from '../../http/stranger.ts'
import { checkReadiness } from './health.ts'

/** Routes about the service itself: health. */
export const metaRoutes = new Hono<App>()
  .get('/healthz', describe({ id: 'health', access: 'public' }), (c) => c.json({ status: 'ok' as const }))
  .get('/readyz', describe({ id: 'readiness', access: 'public' }), countStranger, async (c) => {
    const state = await checkReadiness(c.get('ctx'))
    return c.json(state, state.status === 'down' ? 503 : 200)
  })
