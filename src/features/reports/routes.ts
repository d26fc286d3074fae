import { Hono } from 'hono'
import type { App, Ctx } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { validate } from '../../http/validate.ts'
import { idParam } from '../../lib/fields.ts'
import { getActivity, getOverview } from './across.ts'
import { readCachedReport } from './cached-report.ts'
import * as s from './model/schema.ts'
import { respondWithReport, toUncached } from './respond.ts'
import * as service from './service.ts'

const project = (id: string) => describe({ id, access: 'viewer', cached: true })

export const reportRoutes = new Hono<App>()
  .use(requireBearer)
  .get(
    '/projects/:id/summary',
    project('reportSummary'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(c.get('ctx'), 'reportSummary', id, c.req.valid('query'), service.getSummary)
      return respondWithReport(c, report, ({ summary }) => summary)
    },
  )
  .get(
    '/projects/:id/burndown',
    project('reportBurndown'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportBurndown',
        id,
        c.req.valid('query'),
        service.getBurndown,
      )
      return respondWithReport(c, report, ({ burndown }) => burndown)
    },
  )
  .get(
    '/projects/:id/burnup',
    project('reportBurnup'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(c.get('ctx'), 'reportBurnup', id, c.req.valid('query'), service.getBurnup)
      return respondWithReport(c, report, ({ burnup }) => burnup)
    },
  )
  .get(
    '/projects/:id/cumulative-flow',
    project('reportCumulativeFlow'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportCumulativeFlow',
        id,
        c.req.valid('query'),
        service.getCumulativeFlow,
      )
      return respondWithReport(c, report, ({ cumulativeFlow }) => cumulativeFlow)
    },
  )
  .get(
    '/projects/:id/cycle-time',
    project('reportCycleTime'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportCycleTime',
        id,
        c.req.valid('query'),
        service.getCycleTime,
      )
      return respondWithReport(c, report, ({ cycleTime }) => cycleTime)
    },
  )
  .get(
    '/projects/:id/lead-time',
    project('reportLeadTime'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportLeadTime',
        id,
        c.req.valid('query'),
        service.getLeadTime,
      )
      return respondWithReport(c, report, ({ leadTime }) => leadTime)
    },
  )
  .get(
    '/projects/:id/throughput',
    project('reportThroughput'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportThroughput',
        id,
        c.req.valid('query'),
        service.getThroughput,
      )
      return respondWithReport(c, report, ({ throughput }) => throughput)
    },
  )
  .get(
    '/projects/:id/time-in-column',
    project('reportTimeInColumn'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportTimeInColumn',
        id,
        c.req.valid('query'),
        service.getTimeInColumn,
      )
      return respondWithReport(c, report, ({ timeInColumn }) => timeInColumn)
    },
  )
  .get(
    '/projects/:id/aging',
    project('reportAging'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(c.get('ctx'), 'reportAging', id, c.req.valid('query'), service.getAging)
      return respondWithReport(c, report, ({ aging }) => aging)
    },
  )
  .get(
    '/projects/:id/workload',
    project('reportWorkload'),
    validate('param', idParam),
    validate('query', s.ReportQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportWorkload',
        id,
        c.req.valid('query'),
        service.getWorkload,
      )
      return respondWithReport(c, report, ({ workload }) => workload)
    },
  )
  .get(
    '/projects/:id/forecast',
    project('reportForecast'),
    validate('param', idParam),
    validate('query', s.ForecastQuery),
    async (c) => {
      const { id } = c.req.valid('param')
      const report = await readCachedReport(
        c.get('ctx'),
        'reportForecast',
        id,
        c.req.valid('query'),
        service.getForecast,
      )
      return respondWithReport(c, report, ({ forecast }) => forecast)
    },
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
      const ask = (ctx: Ctx) => getActivity(ctx, query)
      const { project_id } = query
      const report = project_id
        ? await readCachedReport(ctx, 'reportActivity', project_id, query, ask)
        : toUncached(await ask(ctx))
      return respondWithReport(c, report, ({ activity }) => activity)
    },
  )
