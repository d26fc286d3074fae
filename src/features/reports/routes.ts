import { Hono } from 'hono'
import { createFactory } from 'hono/factory'
import type * as z from 'zod'
import type { CachedOperation } from '../../cache/shapes.ts'
import type { App, Ctx } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { getActivity, getOverview } from './across-projects.ts'
import { readCachedReport } from './cached-report.ts'
import type { Envelope } from './model/answers.ts'
import * as s from './model/schema.ts'
import { respondWithReport, toUncached } from './respond.ts'
import * as service from './service.ts'
import type { VIEWS, View } from './views.ts'

const { createHandlers } = createFactory<App>()

/** The handlers of a report of one project. */
const reportOf = <Q extends s.ReportQuery, R extends Envelope>(
  id: CachedOperation,
  schema: z.ZodType<Q>,
  getReport: (ctx: Ctx, project: string, query: Q) => Promise<R>,
  viewOf: (views: typeof VIEWS) => View<R>,
) =>
  createHandlers(
    describe({ id, access: 'viewer', cached: true }),
    validate('param', idParam),
    validate('query', schema),
    async (c) => {
      const report = await readCachedReport(c.get('ctx'), id, c.req.valid('param').id, c.req.valid('query'), getReport)
      return respondWithReport(c, report, viewOf)
    },
  )

export const reportRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/projects/:id/summary',
    ...reportOf('reportSummary', s.ReportQuery, service.getSummary, ({ summary }) => summary),
  )
  .get(
    '/projects/:id/burndown',
    ...reportOf('reportBurndown', s.ReportQuery, service.getBurndown, ({ burndown }) => burndown),
  )
  .get('/projects/:id/burnup', ...reportOf('reportBurnup', s.ReportQuery, service.getBurnup, ({ burnup }) => burnup))
  .get(
    '/projects/:id/cumulative-flow',
    ...reportOf(
      'reportCumulativeFlow',
      s.ReportQuery,
      service.getCumulativeFlow,
      ({ cumulativeFlow }) => cumulativeFlow,
    ),
  )
  .get(
    '/projects/:id/cycle-time',
    ...reportOf('reportCycleTime', s.ReportQuery, service.getCycleTime, ({ cycleTime }) => cycleTime),
  )
  .get(
    '/projects/:id/lead-time',
    ...reportOf('reportLeadTime', s.ReportQuery, service.getLeadTime, ({ leadTime }) => leadTime),
  )
  .get(
    '/projects/:id/throughput',
    ...reportOf('reportThroughput', s.ReportQuery, service.getThroughput, ({ throughput }) => throughput),
  )
  .get(
    '/projects/:id/time-in-column',
    ...reportOf('reportTimeInColumn', s.ReportQuery, service.getTimeInColumn, ({ timeInColumn }) => timeInColumn),
  )
  .get('/projects/:id/aging', ...reportOf('reportAging', s.ReportQuery, service.getAging, ({ aging }) => aging))
  .get(
    '/projects/:id/workload',
    ...reportOf('reportWorkload', s.ReportQuery, service.getWorkload, ({ workload }) => workload),
  )
  .get(
    '/projects/:id/forecast',
    ...reportOf('reportForecast', s.ForecastQuery, service.getForecast, ({ forecast }) => forecast),
  )
  .get(
    '/overview',
    describe({ id: 'reportOverview', access: 'user', bound_keys: true }),
    validate('query', s.OverviewQuery),
    async (c) =>
      respondWithReport(
        c,
        toUncached(await getOverview(c.get('ctx'), c.req.valid('query'))),
        ({ overview }) => overview,
      ),
  )
  .get(
    '/activity',
    describe({ id: 'reportActivity', access: 'user', bound_keys: true }),
    validate('query', s.ActivityQuery),
    async (c) => {
      const [ctx, query] = [c.get('ctx'), c.req.valid('query')]
      const getReport = (ctx: Ctx) => getActivity(ctx, query)
      const { project_id } = query
      const report = project_id
        ? await readCachedReport(ctx, 'reportActivity', project_id, query, getReport)
        : toUncached(await getReport(ctx))
      return respondWithReport(c, report, ({ activity }) => activity)
    },
  )
