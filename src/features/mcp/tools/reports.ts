import * as z from 'zod'
import type { CachedAnswer } from '../../../cache/shapes.ts'
import type { Ctx } from '../../../context.ts'
import { parsed } from '../../../transaction/cached-read.ts'
import { cachedReport } from '../../reports/cached-report.ts'
import { ForecastQuery, INTERVALS } from '../../reports/model/schema.ts'
import * as service from '../../reports/service.ts'
import { VIEWS, type View } from '../../reports/views.ts'
import { inProject, personId, personRef, projectRef } from '../refs.ts'
import { checked, tool } from '../tool.ts'

type Asked = { ctx: Ctx; id: string; query: ForecastQuery }
type Made = { numbers: object; draw: () => string }

/** A report by way of the cache, as numbers and as a picture. */
const made =
  <R extends object>(
    answer: CachedAnswer,
    ask: (ctx: Ctx, id: string, query: ForecastQuery) => Promise<R>,
    view: View<R>,
  ) =>
  async ({ ctx, id, query }: Asked): Promise<Made> => {
    const { text } = await cachedReport(ctx, answer, id, query, ask)
    const report = parsed<R>(text ?? '')
    return { numbers: report, draw: () => view.picture(report) }
  }

const REPORTS = {
  summary: made('reportSummary', service.summary, VIEWS.summary),
  burndown: made('reportBurndown', service.burndown, VIEWS.burndown),
  burnup: made('reportBurnup', service.burnup, VIEWS.burnup),
  cumulative_flow: made('reportCumulativeFlow', service.cumulativeFlow, VIEWS.cumulativeFlow),
  cycle_time: made('reportCycleTime', service.cycleTime, VIEWS.cycleTime),
  lead_time: made('reportLeadTime', service.leadTime, VIEWS.leadTime),
  throughput: made('reportThroughput', service.throughput, VIEWS.throughput),
  time_in_column: made('reportTimeInColumn', service.timeInColumn, VIEWS.timeInColumn),
  aging: made('reportAging', service.aging, VIEWS.aging),
  workload: made('reportWorkload', service.workload, VIEWS.workload),
  forecast: made('reportForecast', service.forecast, VIEWS.forecast),
}
const NAMES = Object.keys(REPORTS) as [keyof typeof REPORTS]

const day = z.string().meta({ description: 'As 2026-12-24' })
const input = z.object({
  project: projectRef,
  report: z.enum(NAMES),
  from: day.optional().meta({ description: 'First day; by default 89 days before the last' }),
  to: day.optional().meta({ description: 'Last day; by default today' }),
  interval: z.enum(INTERVALS).default('week'),
  tz: z.string().max(64).optional().meta({ description: 'IANA time zone; by default that of your account' }),
  assignee: personRef.optional(),
  items: z.int().min(0).max(100_000).optional().meta({ description: 'Forecast: when will so many tasks be done?' }),
  by: day.optional().meta({ description: 'Forecast: how many tasks will be done by this day?' }),
})

const ask = (ctx: Ctx, { project, report, assignee, ...query }: z.output<typeof input>) =>
  inProject(ctx, project, (id) => {
    const assignee_id = assignee && personId(ctx, assignee)
    return REPORTS[report]({ ctx, id, query: checked(ForecastQuery, { ...query, assignee_id }) })
  })

/** Rows of one list that an answer shows: the last, which are the newest. */
const MOST_ROWS = 100

function shortened(numbers: object): { numbers: Record<string, unknown>; cut: string[] } {
  const entries = Object.entries(numbers)
  const long = entries.filter(([, value]) => Array.isArray(value) && value.length > MOST_ROWS).map(([name]) => name)
  const kept = entries.map(([name, value]) => [name, long.includes(name) ? value.slice(-MOST_ROWS) : value])
  return { numbers: Object.fromEntries(kept), cut: long }
}

const report = tool({
  name: 'report',
  title: 'Get a report',
  description:
    'Gives the numbers of a report of a project: how far it is, how fast tasks flow, who has how much, and when it will be done.',
  access: 'viewer',
  scope: 'read',
  input,
  output: z.object({
    report: z.enum(NAMES),
    numbers: z.looseObject({}),
    cut: z
      .array(z.string())
      .optional()
      .meta({ description: `Lists of which only the last ${MOST_ROWS} are shown` }),
  }),
  run: async (ctx, input) => {
    const { numbers, cut } = shortened((await ask(ctx, input)).numbers)
    return { report: input.report, numbers, ...(cut.length > 0 && { cut }) }
  },
})

const picture = tool({
  name: 'report_picture',
  title: 'Get a report as a picture',
  description: 'Draws a report of a project as an SVG picture, for people to look at.',
  access: 'viewer',
  scope: 'read',
  input,
  output: z.object({ report: z.enum(NAMES), svg: z.string() }),
  run: async (ctx, input) => ({ report: input.report, svg: (await ask(ctx, input)).draw() }),
  show: ({ svg }) => ({ mimeType: 'image/svg+xml', text: svg }),
})

export const REPORT_TOOLS = [report, picture]
