import type { Ctx } from '../../../context.ts'
import { getActivity } from '../across-projects.ts'
import { ActivityQuery, ForecastQuery, ReportQuery } from '../model/schema.ts'
import * as service from '../service.ts'
import { VIEWS } from '../views.ts'
import type { ReportName } from './schema.ts'

type Query = Record<string, string>
type Draw = (ctx: Ctx, project_id: string, query: Query) => Promise<string>

const drawerOf =
  <R>(
    getReport: (ctx: Ctx, id: string, query: ReportQuery) => Promise<R>,
    { picture }: { picture: (report: R) => string },
  ) =>
  async (ctx: Ctx, id: string, query: Query) =>
    picture(await getReport(ctx, id, ReportQuery.parse(query)))

/** Draws each report, by its name, with the query of a link. */
export const DRAW_BY_NAME: Record<ReportName, Draw> = {
  summary: drawerOf(service.getSummary, VIEWS.summary),
  burndown: drawerOf(service.getBurndown, VIEWS.burndown),
  burnup: drawerOf(service.getBurnup, VIEWS.burnup),
  'cumulative-flow': drawerOf(service.getCumulativeFlow, VIEWS.cumulativeFlow),
  'cycle-time': drawerOf(service.getCycleTime, VIEWS.cycleTime),
  'lead-time': drawerOf(service.getLeadTime, VIEWS.leadTime),
  throughput: drawerOf(service.getThroughput, VIEWS.throughput),
  'time-in-column': drawerOf(service.getTimeInColumn, VIEWS.timeInColumn),
  aging: drawerOf(service.getAging, VIEWS.aging),
  workload: drawerOf(service.getWorkload, VIEWS.workload),
  forecast: async (ctx, id, query) =>
    VIEWS.forecast.picture(await service.getForecast(ctx, id, ForecastQuery.parse(query))),
  activity: async (ctx, project_id, query) =>
    VIEWS.activity.picture(await getActivity(ctx, ActivityQuery.parse({ ...query, project_id }))),
}
