import type { Ctx } from '../../../context.ts'
import { activity } from '../across.ts'
import { ActivityQuery, ForecastQuery, ReportQuery } from '../model/schema.ts'
import * as service from '../service.ts'
import { VIEWS } from '../views.ts'
import type { ReportName } from './schema.ts'

type Query = Record<string, string>
type Draw = (ctx: Ctx, project_id: string, query: Query) => Promise<string>

const plain =
  <R>(ask: (ctx: Ctx, id: string, query: ReportQuery) => Promise<R>, { picture }: { picture: (report: R) => string }) =>
  async (ctx: Ctx, id: string, query: Query) =>
    picture(await ask(ctx, id, ReportQuery.parse(query)))

/** The picture of each report by its name, asked as a link's query asks. */
export const DRAW: Record<ReportName, Draw> = {
  summary: plain(service.summary, VIEWS.summary),
  burndown: plain(service.burndown, VIEWS.burndown),
  burnup: plain(service.burnup, VIEWS.burnup),
  'cumulative-flow': plain(service.cumulativeFlow, VIEWS.cumulativeFlow),
  'cycle-time': plain(service.cycleTime, VIEWS.cycleTime),
  'lead-time': plain(service.leadTime, VIEWS.leadTime),
  throughput: plain(service.throughput, VIEWS.throughput),
  'time-in-column': plain(service.timeInColumn, VIEWS.timeInColumn),
  aging: plain(service.aging, VIEWS.aging),
  workload: plain(service.workload, VIEWS.workload),
  forecast: async (ctx, id, query) =>
    VIEWS.forecast.picture(await service.forecast(ctx, id, ForecastQuery.parse(query))),
  activity: async (ctx, project_id, query) =>
    VIEWS.activity.picture(await activity(ctx, ActivityQuery.parse({ ...query, project_id }))),
}
