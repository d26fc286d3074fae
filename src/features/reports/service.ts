import type { Ctx } from '../../context.ts'
import { localDayOf } from '../../db/day.ts'
import { PRIORITIES } from '../../db/schema.ts'
import { invalidAt } from '../../lib/errors.ts'
import { isInUtc } from '../../lib/fields.ts'
import { percentOf } from '../../lib/percent.ts'
import { forecastCount, forecastDays, type Outcomes, RUNS, tallyOf } from './forecast.ts'
import type * as a from './model/answers.ts'
import { addDays, bucketsOf, daysBetween } from './model/days.ts'
import type * as s from './model/schema.ts'
import { asksOneQuestion, ONE_QUESTION } from './model/schema.ts'
import { envelopeOf, jsonOf, readReport, readStatements, scopeOf } from './read-report.ts'
import { burnPointsOf, flowPointsOf, throughputPointsOf } from './series.ts'
import * as flow from './sql/flow.ts'
import * as now from './sql/now.ts'
import { selectForecastDay } from './sql/scope.ts'

type Query = s.ReportQuery

const toRecord = <T>(rows: { key: string; count: T }[]) =>
  Object.fromEntries(rows.map(({ key, count }) => [key, count]))
const namesOf = (columns: { key: string; name: string }[]) =>
  Object.fromEntries(columns.map(({ key, name }) => [key, name]))

export async function getSummary(ctx: Ctx, id: string, query: Query): Promise<a.Summary> {
  const { envelope, answer } = await readReport(ctx, id, query, now.selectSummary)
  const { columns, priorities, ...rest } = answer
  const count = (category?: string) =>
    columns.reduce(
      (sum, column) => sum + (category === undefined || column.category === category ? column.count : 0),
      0,
    )
  const [total, done, cancelled] = [count(), count('done'), count('cancelled')]
  const percent = percentOf(done, total - cancelled)
  const by_priority = { ...Object.fromEntries(PRIORITIES.map((key) => [key, 0])), ...toRecord(priorities) }
  const [by_status, names] = [toRecord(columns), namesOf(columns)]
  return { ...envelope, total, done, cancelled, percent, by_status, names, by_priority, ...rest }
}

async function getBurn(ctx: Ctx, id: string, query: Query, kind: 'down' | 'up'): Promise<a.Burn> {
  const { head, envelope, answer, buckets } = await readReport(ctx, id, query, flow.selectBurn)
  return { ...envelope, points: burnPointsOf(kind, answer, buckets, head.today) }
}

export const getBurndown = (ctx: Ctx, id: string, query: Query) => getBurn(ctx, id, query, 'down')
export const getBurnup = (ctx: Ctx, id: string, query: Query) => getBurn(ctx, id, query, 'up')

export async function getCumulativeFlow(ctx: Ctx, id: string, query: Query): Promise<a.CumulativeFlow> {
  const { head, envelope, answer, buckets } = await readReport(ctx, id, query, flow.selectFlow)
  return { ...envelope, ...flowPointsOf(answer.columns, answer.deltas, buckets, head.today) }
}

async function getDurations(ctx: Ctx, id: string, query: Query, kind: 'cycle' | 'lead'): Promise<a.Durations> {
  const { envelope, answer } = await readReport(ctx, id, query, (ctx, scope) => flow.selectDurations(ctx, scope, kind))
  const { percentiles, ...rest } = answer
  const [p50 = null, p85 = null, p95 = null] = percentiles ?? []
  return { ...envelope, ...rest, p50, p85, p95 }
}

export const getCycleTime = (ctx: Ctx, id: string, query: Query) => getDurations(ctx, id, query, 'cycle')
export const getLeadTime = (ctx: Ctx, id: string, query: Query) => getDurations(ctx, id, query, 'lead')

export async function getThroughput(ctx: Ctx, id: string, query: Query): Promise<a.Throughput> {
  const { head, envelope, answer, buckets } = await readReport(ctx, id, query, flow.countFinishedByDay)
  return { ...envelope, points: throughputPointsOf(answer, buckets, query.interval, head.today) }
}

export async function getTimeInColumn(ctx: Ctx, id: string, query: Query): Promise<a.TimeInColumn> {
  const { envelope, answer } = await readReport(ctx, id, query, flow.selectStays)
  const stays = new Map(answer.stays.map((stay) => [stay.key, stay]))
  const known = answer.columns.map(({ key, name }) => ({
    count: 0,
    p50: null,
    p85: null,
    ...stays.get(key),
    key,
    name,
  }))
  const deleted = answer.stays.filter(({ key }) => !answer.columns.some((column) => column.key === key))
  return { ...envelope, columns: [...known, ...deleted.map((stay) => ({ ...stay, name: null }))] }
}

export async function getAging(ctx: Ctx, id: string, query: Query): Promise<a.Aging> {
  const { envelope, answer } = await readReport(ctx, id, query, flow.selectAging)
  const { p85, tasks, found, columns } = answer
  const begun = columns.filter(({ category }) => category === 'in_progress' || category === 'review')
  return { ...envelope, p85, names: namesOf(begun), ...(found > tasks.length && { task_count: found }), tasks }
}

export async function getWorkload(ctx: Ctx, id: string, query: Query): Promise<a.Workload> {
  const { envelope, answer } = await readReport(ctx, id, query, now.selectWorkload)
  return { ...envelope, assignees: answer }
}

/** The past for a forecast: how many tasks were finished on each whole day of the period. */
function pastOf(finished: flow.Finished[], { from, to, today }: now.Head): number[] {
  const yesterday = addDays(today, -1)
  const last = to < yesterday ? to : yesterday
  const byDay = new Map(finished.map(({ day, n }) => [day, n]))
  return bucketsOf(from, last, 'day').map(({ start }) => byDay.get(start) ?? 0)
}

const outcomesOf = <T>({ p50, p85, p95, all }: Outcomes, toValue: (value: number) => T | null) => ({
  p50: toValue(p50),
  p85: toValue(p85),
  p95: toValue(p95),
  outcomes: tallyOf(all).flatMap(([value, runs]) => {
    const outcome = toValue(value)
    return outcome === null ? [] : [{ value: outcome, runs }]
  }),
})

/**
 * Without `from`, the past begins with the project's first task: the days before say nothing. Throws validation_failed
 * for `by` together with `items`, in the past, or too far ahead.
 */
export async function getForecast(ctx: Ctx, id: string, query: s.ForecastQuery): Promise<a.Forecast> {
  const { by: until, seed } = query
  if (!asksOneQuestion(query)) throw invalidAt('by', ONE_QUESTION)
  const scope = scopeOf(ctx, id, query)
  const [heads, finished, open, start] = await readStatements(ctx, id, [
    now.selectHead(ctx, scope),
    flow.countFinishedByDay(ctx, scope),
    now.countOpenTasks(ctx, scope),
    now.selectForecastStart(ctx, scope),
    ctx.db.readOnly.execute(selectForecastDay(scope, until)),
  ])
  const asked = jsonOf(heads)
  const head = query.from === undefined ? { ...asked, from: jsonOf(start) } : asked
  const { today } = head
  const past = pastOf(jsonOf(finished), head)
  const envelope = { ...envelopeOf(ctx, head, query.interval), seed, runs: RUNS }
  const by = until && isInUtc(until) ? localDayOf(until, head.tz) : until
  if (by === undefined) {
    const items = query.items ?? jsonOf(open)
    const date = (days: number) => (Number.isFinite(days) ? addDays(today, days) : null)
    return { ...envelope, items, by: null, ...outcomesOf(forecastDays(items, past, seed), date) }
  }
  const outcomes = forecastCount(daysBetween(today, by), past, seed)
  return { ...envelope, items: null, by, ...outcomesOf(outcomes, (count) => count) }
}
