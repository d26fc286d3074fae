import * as z from 'zod'
import type { CachedOperation } from '../../../cache/shapes.ts'
import type { Ctx } from '../../../context.ts'
import { parseText } from '../../../transaction/cached-read.ts'
import { readCachedReport } from '../../reports/cached-report.ts'
import { ForecastQuery, INTERVALS } from '../../reports/model/schema.ts'
import * as service from '../../reports/service.ts'
import { VIEWS, type View } from '../../reports/views.ts'
import { personIdOf, personRef, projectRef } from '../refs.ts'
import { defineTool, parseInput } from '../tool.ts'

type Question = { ctx: Ctx; id: string; query: ForecastQuery }
type ReportResult = { numbers: object; draw: () => string }

/** Makes the reader of a report: through the cache, as numbers and as a picture. */
const readerOf =
  <R extends object>(
    operation: CachedOperation,
    ask: (ctx: Ctx, id: string, query: ForecastQuery) => Promise<R>,
    view: View<R>,
  ) =>
  async ({ ctx, id, query }: Question): Promise<ReportResult> => {
    const { text } = await readCachedReport(ctx, operation, id, query, ask)
    const report = parseText<R>(text ?? '')
    return { numbers: report, draw: () => view.picture(report) }
  }

const REPORTS = {
  summary: readerOf('reportSummary', service.getSummary, VIEWS.summary),
  burndown: readerOf('reportBurndown', service.getBurndown, VIEWS.burndown),
  burnup: readerOf('reportBurnup', service.getBurnup, VIEWS.burnup),
  cumulative_flow: readerOf('reportCumulativeFlow', service.getCumulativeFlow, VIEWS.cumulativeFlow),
  cycle_time: readerOf('reportCycleTime', service.getCycleTime, VIEWS.cycleTime),
  lead_time: readerOf('reportLeadTime', service.getLeadTime, VIEWS.leadTime),
  throughput: readerOf('reportThroughput', service.getThroughput, VIEWS.throughput),
  time_in_column: readerOf('reportTimeInColumn', service.getTimeInColumn, VIEWS.timeInColumn),
  aging: readerOf('reportAging', service.getAging, VIEWS.aging),
  workload: readerOf('reportWorkload', service.getWorkload, VIEWS.workload),
  forecast: readerOf('reportForecast', service.getForecast, VIEWS.forecast),
}
const NAMES = Object.keys(REPORTS) as [keyof typeof REPORTS]

const day = z.string().meta({ description: 'Such as 2026-12-24' })
const input = z.object({
  project: projectRef,
  report: z.enum(NAMES),
  from: day.optional().meta({ description: 'First day; by default 89 days before the last' }),
  to: day.optional().meta({ description: 'Last day; by default today' }),
  interval: z.enum(INTERVALS).default('week'),
  tz: z.string().max(64).optional().meta({ description: 'IANA time zone; by default that of your account' }),
  assignee: personRef.optional(),
  items: z.int().min(0).max(100_000).optional().meta({ description: 'Forecast: when will this many tasks be done?' }),
  by: day.optional().meta({ description: 'Forecast: how many tasks will be done by this day?' }),
})
const names = { assignee_id: 'assignee' }

function askReport(ctx: Ctx, { project, report, assignee, ...query }: z.output<typeof input>) {
  const assignee_id = assignee && personIdOf(ctx, assignee)
  return REPORTS[report]({ ctx, id: project, query: parseInput(ForecastQuery, { ...query, assignee_id }) })
}

/** An answer shows at most this many rows of a list. */
const MAX_ROWS = 100

/**
 * Reports whose long lists begin with what matters most (tasks that age) or are of people. Lists of others go by time.
 */
const FIRST_ROWS = ['aging', 'summary', 'workload']

/** Cuts long lists: to their first rows, or to their last where these are the newest. */
function shortenLists(report: string, numbers: object): { numbers: Record<string, unknown>; cut: string[] } {
  const [from, to] = FIRST_ROWS.includes(report) ? [0, MAX_ROWS] : [-MAX_ROWS, undefined]
  const entries = Object.entries(numbers)
  const long = entries.filter(([, value]) => Array.isArray(value) && value.length > MAX_ROWS).map(([name]) => name)
  const kept = entries.map(([name, value]) => [name, long.includes(name) ? value.slice(from, to) : value])
  return { numbers: Object.fromEntries(kept), cut: long }
}

const report = defineTool({
  name: 'report',
  title: 'Get a report',
  description:
    'Shows the numbers of a report of a project: its progress, how fast tasks flow, the workload of people, or a forecast.',
  access: 'viewer',
  scope: 'read',
  input,
  names,
  output: z.object({
    report: z.enum(NAMES),
    numbers: z.looseObject({}),
    cut: z
      .array(z.string())
      .optional()
      .meta({
        description: `Lists of which only ${MAX_ROWS} rows are shown: the last; for aging, summary and workload the first`,
      }),
  }),
  run: async (ctx, input) => {
    const { numbers, cut } = shortenLists(input.report, (await askReport(ctx, input)).numbers)
    return { report: input.report, numbers, ...(cut.length > 0 && { cut }) }
  },
})

const picture = defineTool({
  name: 'report_picture',
  title: 'Get a report as a picture',
  description: 'Draws a report of a project as an SVG picture, for people to look at.',
  access: 'viewer',
  scope: 'read',
  input,
  names,
  output: z.object({ report: z.enum(NAMES), svg: z.string() }),
  run: async (ctx, input) => ({ report: input.report, svg: (await askReport(ctx, input)).draw() }),
  show: ({ svg }) => ({ mimeType: 'image/svg+xml', text: svg }),
})

export const REPORT_TOOLS = [report, picture]
