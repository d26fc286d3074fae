import { Hono } from 'hono'
import type { App, Ctx } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { activity, overview } from './across.ts'
import { CACHED, cachedReport } from './cached-report.ts'
import { DOCS } from './definitions.ts'
import * as s from './model/schema.ts'
import { respondWithReport, uncached } from './respond.ts'
import * as service from './service.ts'
import { VIEWS } from './views.ts'

export const reportRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/projects/:id/summary',
    describe(DOCS.summary),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.summary, id, c.req.valid('query'), service.summary)
      return respondWithReport(c, report, VIEWS.summary)
    },
  )
  .get(
    '/projects/:id/burndown',
    describe(DOCS.burndown),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.burndown, id, c.req.valid('query'), service.burndown)
      return respondWithReport(c, report, VIEWS.burndown)
    },
  )
  .get(
    '/projects/:id/burnup',
    describe(DOCS.burnup),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.burnup, id, c.req.valid('query'), service.burnup)
      return respondWithReport(c, report, VIEWS.burnup)
    },
  )
  .get(
    '/projects/:id/cumulative-flow',
    describe(DOCS.cumulativeFlow),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(
        c.var.ctx,
        CACHED.cumulativeFlow,
        id,
        c.req.valid('query'),
        service.cumulativeFlow,
      )
      return respondWithReport(c, report, VIEWS.cumulativeFlow)
    },
  )
  .get(
    '/projects/:id/cycle-time',
    describe(DOCS.cycleTime),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.cycleTime, id, c.req.valid('query'), service.cycleTime)
      return respondWithReport(c, report, VIEWS.cycleTime)
    },
  )
  .get(
    '/projects/:id/lead-time',
    describe(DOCS.leadTime),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.leadTime, id, c.req.valid('query'), service.leadTime)
      return respondWithReport(c, report, VIEWS.leadTime)
    },
  )
  .get(
    '/projects/:id/throughput',
    describe(DOCS.throughput),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.throughput, id, c.req.valid('query'), service.throughput)
      return respondWithReport(c, report, VIEWS.throughput)
    },
  )
  .get(
    '/projects/:id/time-in-column',
    describe(DOCS.timeInColumn),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.timeInColumn, id, c.req.valid('query'), service.timeInColumn)
      return respondWithReport(c, report, VIEWS.timeInColumn)
    },
  )
  .get(
    '/projects/:id/aging',
    describe(DOCS.aging),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.aging, id, c.req.valid('query'), service.aging)
      return respondWithReport(c, report, VIEWS.aging)
    },
  )
  .get(
    '/projects/:id/workload',
    describe(DOCS.workload),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.workload, id, c.req.valid('query'), service.workload)
      return respondWithReport(c, report, VIEWS.workload)
    },
  )
  .get(
    '/projects/:id/forecast',
    describe(DOCS.forecast),
    validate('param', idParam),
    validate('query', s.ForecastQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await cachedReport(c.var.ctx, CACHED.forecast, id, c.req.valid('query'), service.forecast)
      return respondWithReport(c, report, VIEWS.forecast)
    },
  )
  .get('/overview', describe(DOCS.overview), validate('query', s.OverviewQuery), async (c) =>
    respondWithReport(c, uncached(await overview(c.var.ctx, c.req.valid('query'))), VIEWS.overview),
  )
  .get('/activity', describe(DOCS.activity), validate('query', s.ActivityQuery), async (c) => {
    const [{ ctx }, query] = [c.var, c.req.valid('query')]
    const ask = (ctx: Ctx) => activity(ctx, query)
    const { project_id } = query
    const report = project_id
      ? await cachedReport(ctx, CACHED.activity, project_id, query, ask)
      : uncached(await ask(ctx))
    return respondWithReport(c, report, VIEWS.activity)
  })
