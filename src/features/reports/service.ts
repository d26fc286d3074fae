import type { Ctx } from '../../context.ts'
import { localDay } from '../../db/day.ts'
import { PRIORITIES } from '../../db/schema.ts'
import { invalid } from '../../lib/errors.ts'
import { isInUtc } from '../../lib/fields.ts'
import { percentOf } from '../../lib/percent.ts'
import { ask, askAll, envelopeOf, jsonOf, scopeOf } from './ask.ts'
import { forecastCount, forecastDays, HORIZON, type Outcomes, RUNS, tallyOf } from './forecast.ts'
import type * as a from './model/answers.ts'
import { addDays, bucketsOf, daysBetween } from './model/days.ts'
import type * as s from './model/schema.ts'
import { burnPoints, flowPoints, throughputPoints } from './series.ts'
import * as flow from './sql/flow.ts'
import * as now from './sql/now.ts'

type Query = s.ReportQuery

const record = <T>(rows: { key: string; count: T }[]) => Object.fromEntries(rows.map(({ key, count }) => [key, count]))
const namesOf = (columns: { key: string; name: string }[]) =>
  Object.fromEntries(columns.map(({ key, name }) => [key, name]))

export async function summary(ctx: Ctx, id: string, query: Query): Promise<a.Summary> {
  const { envelope, answer } = await ask(ctx, id, query, now.summary)
  const { columns, priorities, ...rest } = answer
  const count = (category?: string) =>
    columns.reduce(
      (sum, column) => sum + (category === undefined || column.category === category ? column.count : 0),
      0,
    )
  const [total, done, cancelled] = [count(), count('done'), count('cancelled')]
  const percent = percentOf(done, total - cancelled)
  const by_priority = { ...Object.fromEntries(PRIORITIES.map((key) => [key, 0])), ...record(priorities) }
  const [by_status, names] = [record(columns), namesOf(columns)]
  return { ...envelope, total, done, cancelled, percent, by_status, names, by_priority, ...rest }
}

async function burn(ctx: Ctx, id: string, query: Query, kind: 'down' | 'up'): Promise<a.Burn> {
  const { head, envelope, answer, buckets } = await ask(ctx, id, query, flow.burn)
  return { ...envelope, points: burnPoints(kind, answer, buckets, head.today) }
}

export const burndown = (ctx: Ctx, id: string, query: Query) => burn(ctx, id, query, 'down')
export const burnup = (ctx: Ctx, id: string, query: Query) => burn(ctx, id, query, 'up')

export async function cumulativeFlow(ctx: Ctx, id: string, query: Query): Promise<a.CumulativeFlow> {
  const { head, envelope, answer, buckets } = await ask(ctx, id, query, flow.cumulativeFlow)
  return { ...envelope, ...flowPoints(answer.columns, answer.deltas, buckets, head.today) }
}

async function durations(ctx: Ctx, id: string, query: Query, kind: 'cycle' | 'lead'): Promise<a.Durations> {
  const { envelope, answer } = await ask(ctx, id, query, (ctx, scope) => flow.durations(ctx, scope, kind))
  const { percentiles, ...rest } = answer
  const [p50 = null, p85 = null, p95 = null] = percentiles ?? []
  return { ...envelope, ...rest, p50, p85, p95 }
}

export const cycleTime = (ctx: Ctx, id: string, query: Query) => durations(ctx, id, query, 'cycle')
export const leadTime = (ctx: Ctx, id: string, query: Query) => durations(ctx, id, query, 'lead')

export async function throughput(ctx: Ctx, id: string, query: Query): Promise<a.Throughput> {
  const { head, envelope, answer, buckets } = await ask(ctx, id, query, flow.finishedByDay)
  return { ...envelope, points: throughputPoints(answer, buckets, query.interval, head.today) }
}

export async function timeInColumn(ctx: Ctx, id: string, query: Query): Promise<a.TimeInColumn> {
  const { envelope, answer } = await ask(ctx, id, query, flow.timeInColumn)
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

export async function aging(ctx: Ctx, id: string, query: Query): Promise<a.Aging> {
  const { envelope, answer } = await ask(ctx, id, query, flow.aging)
  const { p85, tasks, columns } = answer
  const begun = columns.filter(({ category }) => category === 'in_progress' || category === 'review')
  return { ...envelope, p85, names: namesOf(begun), tasks }
}

export async function workload(ctx: Ctx, id: string, query: Query): Promise<a.Workload> {
  const { envelope, answer } = await ask(ctx, id, query, now.workload)
  return { ...envelope, assignees: answer }
}

/** The past as a forecast sees it: tasks finished on each whole day of the period. */
function pastOf(finished: flow.Finished[], { from, to, today }: now.Head): number[] {
  const yesterday = addDays(today, -1)
  const last = to < yesterday ? to : yesterday
  const byDay = new Map(finished.map(({ day, n }) => [day, n]))
  return bucketsOf(from, last, 'day').map(({ start }) => byDay.get(start) ?? 0)
}

const outcomesOf = <T>({ p50, p85, p95, all }: Outcomes, say: (value: number) => T | null) => ({
  p50: say(p50),
  p85: say(p85),
  p95: say(p95),
  outcomes: tallyOf(all).flatMap(([value, runs]) => {
    const said = say(value)
    return said === null ? [] : [{ value: said, runs }]
  }),
})

/** Throws validation_failed for `by` together with `items`, in the past, or too far ahead. */
export async function forecast(ctx: Ctx, id: string, query: s.ForecastQuery): Promise<a.Forecast> {
  const { by: until, seed } = query
  if (until !== undefined && query.items !== undefined) throw invalid('by', 'cannot be asked together with items')
  const scope = scopeOf(ctx, id, query)
  const [heads, finished, open] = await askAll(ctx, id, [
    now.head(ctx, scope),
    flow.finishedByDay(ctx, scope),
    now.openTasks(ctx, scope),
  ])
  const head = jsonOf(heads)
  const { today } = head
  const past = pastOf(jsonOf(finished), head)
  const envelope = { ...envelopeOf(ctx, head, query.interval), seed, runs: RUNS }
  const by = until && isInUtc(until) ? localDay(until, head.tz) : until
  if (by === undefined) {
    const items = query.items ?? jsonOf(open)
    const date = (days: number) => (Number.isFinite(days) ? addDays(today, days) : null)
    return { ...envelope, items, by: null, ...outcomesOf(forecastDays(items, past, seed), date) }
  }
  const days = daysBetween(today, by)
  if (days < 0) throw invalid('by', 'must not be in the past')
  if (days > HORIZON) throw invalid('by', 'must be within 3 years')
  return { ...envelope, items: null, by, ...outcomesOf(forecastCount(days, past, seed), (count) => count) }
}
