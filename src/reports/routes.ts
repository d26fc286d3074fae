import { Hono } from 'hono'
import type { App } from '../env.ts'
import { idParam } from '../fields.ts'
import { requireBearer } from '../http/auth.ts'
import { describe } from '../http/describe.ts'
import { validate } from '../http/validate.ts'
import { activity, overview } from './across.ts'
import { answer } from './answer.ts'
import { DOCS } from './definitions.ts'
import * as s from './schema.ts'
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
      const report = await service.summary(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.summary)
    },
  )
  .get(
    '/projects/:id/burndown',
    describe(DOCS.burndown),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.burn(c.var.ctx, c.req.valid('param').id, c.req.valid('query'), 'down')
      return answer(c, report, VIEWS.burndown)
    },
  )
  .get(
    '/projects/:id/burnup',
    describe(DOCS.burnup),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.burn(c.var.ctx, c.req.valid('param').id, c.req.valid('query'), 'up')
      return answer(c, report, VIEWS.burnup)
    },
  )
  .get(
    '/projects/:id/cumulative-flow',
    describe(DOCS.cumulativeFlow),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.cumulativeFlow(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.cumulativeFlow)
    },
  )
  .get(
    '/projects/:id/cycle-time',
    describe(DOCS.cycleTime),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.durations(c.var.ctx, c.req.valid('param').id, c.req.valid('query'), 'cycle')
      return answer(c, report, VIEWS.cycleTime)
    },
  )
  .get(
    '/projects/:id/lead-time',
    describe(DOCS.leadTime),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.durations(c.var.ctx, c.req.valid('param').id, c.req.valid('query'), 'lead')
      return answer(c, report, VIEWS.leadTime)
    },
  )
  .get(
    '/projects/:id/throughput',
    describe(DOCS.throughput),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.throughput(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.throughput)
    },
  )
  .get(
    '/projects/:id/time-in-column',
    describe(DOCS.timeInColumn),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.timeInColumn(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.timeInColumn)
    },
  )
  .get(
    '/projects/:id/aging',
    describe(DOCS.aging),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.aging(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.aging)
    },
  )
  .get(
    '/projects/:id/workload',
    describe(DOCS.workload),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const report = await service.workload(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.workload)
    },
  )
  .get(
    '/projects/:id/forecast',
    describe(DOCS.forecast),
    validate('param', idParam),
    validate('query', s.ForecastQuery),
    async (c) => {
      const report = await service.forecast(c.var.ctx, c.req.valid('param').id, c.req.valid('query'))
      return answer(c, report, VIEWS.forecast)
    },
  )
  .get('/overview', describe(DOCS.overview), validate('query', s.OverviewQuery), async (c) =>
    answer(c, await overview(c.var.ctx, c.req.valid('query')), VIEWS.overview),
  )
  .get('/activity', describe(DOCS.activity), validate('query', s.ActivityQuery), async (c) =>
    answer(c, await activity(c.var.ctx, c.req.valid('query')), VIEWS.activity),
  )
