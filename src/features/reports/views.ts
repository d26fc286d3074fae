import { own } from '../../lib/own.ts'
import type { Cell } from './csv.ts'
import type * as a from './model/answers.ts'
import { flowPicture } from './pictures/bands.ts'
import { heatPicture } from './pictures/heat.ts'
import { forecastPicture, throughputPicture } from './pictures/histograms.ts'
import { burnPicture } from './pictures/lines.ts'
import { overviewPicture, summaryPicture, timeInColumnPicture, workloadPicture } from './pictures/rows.ts'
import { agingPicture, durationsPicture } from './pictures/scatter.ts'

/** How a report looks beside its JSON: as rows, the first of them names, and as a picture. */
export type View<R> = { file: string; rows: (report: R) => Cell[][]; picture: (report: R) => string }

/** Rows of equal objects as a table: the named fields, under their names. */
const table = <K extends string>(fields: readonly K[], rows: readonly Record<K, Cell>[]): Cell[][] => [
  [...fields],
  ...rows.map((row) => fields.map((field) => row[field])),
]

/** The numbers of a summary, one a row: `measure, of, value`. */
function summaryRows(report: a.Summary): Cell[][] {
  const { by_status, by_priority, by_assignee, created, completed } = report
  const totals = ['total', 'done', 'cancelled', 'percent', 'overdue', 'due_soon'] as const
  const people = ['open', 'in_progress', 'done', 'overdue'] as const
  const periods = ['current', 'previous'] as const
  return [
    ['measure', 'of', 'value'],
    ...totals.map((key) => [key, null, report[key]]),
    ...periods.map((key) => ['created', key, created[key]]),
    ...periods.map((key) => ['completed', key, completed[key]]),
    ...Object.entries(by_status).map(([key, n]) => ['by_status', key, n]),
    ...Object.entries(by_priority).map(([key, n]) => ['by_priority', key, n]),
    ...by_assignee.flatMap((person) =>
      people.map((key) => [`by_assignee ${key}`, person.name ?? person.user_id, person[key]]),
    ),
  ]
}

const BURN = ['date', 'remaining', 'done', 'scope', 'remaining_estimate', 'ideal'] as const
const burn = (kind: 'down' | 'up'): View<a.Burn> => ({
  file: kind === 'down' ? 'burndown' : 'burnup',
  rows: ({ points }) => table(BURN, points),
  picture: (report) => burnPicture(report, kind),
})

const TIMES = ['task_id', 'number', 'title', 'completed_at', 'hours'] as const
const durations = (kind: 'cycle' | 'lead'): View<a.Durations> => ({
  file: `${kind}-time`,
  rows: ({ tasks }) => table(TIMES, tasks),
  picture: (report) => durationsPicture(report, kind),
})

/** How each report looks as a table and as a picture. */
export const VIEWS = {
  summary: { file: 'summary', rows: summaryRows, picture: summaryPicture } satisfies View<a.Summary>,
  burndown: burn('down'),
  burnup: burn('up'),
  cumulativeFlow: {
    file: 'cumulative-flow',
    rows: ({ columns, points }) => [
      ['date', ...columns],
      ...points.map(({ date, counts }) => [date, ...columns.map((key) => own(counts, key) ?? 0)]),
    ],
    picture: flowPicture,
  } satisfies View<a.CumulativeFlow>,
  cycleTime: durations('cycle'),
  leadTime: durations('lead'),
  throughput: {
    file: 'throughput',
    rows: ({ points }) => table(['start', 'completed', 'moving_average'], points),
    picture: throughputPicture,
  } satisfies View<a.Throughput>,
  timeInColumn: {
    file: 'time-in-column',
    rows: ({ columns }) => table(['key', 'name', 'count', 'p50', 'p85'], columns),
    picture: timeInColumnPicture,
  } satisfies View<a.TimeInColumn>,
  aging: {
    file: 'aging',
    rows: ({ tasks }) => table(['task_id', 'number', 'title', 'status', 'hours', 'at_risk'], tasks),
    picture: agingPicture,
  } satisfies View<a.Aging>,
  workload: {
    file: 'workload',
    rows: ({ assignees }) => table(['user_id', 'name', 'open', 'in_progress', 'overdue', 'estimate'], assignees),
    picture: workloadPicture,
  } satisfies View<a.Workload>,
  forecast: {
    file: 'forecast',
    rows: ({ outcomes }) => table(['value', 'runs'], outcomes),
    picture: forecastPicture,
  } satisfies View<a.Forecast>,
  overview: {
    file: 'overview',
    rows: ({ projects }) => table(['id', 'key', 'name', 'percent', 'overdue', 'health', 'last_activity_at'], projects),
    picture: overviewPicture,
  } satisfies View<a.Overview>,
  activity: {
    file: 'activity',
    rows: ({ days }) => table(['date', 'hour', 'count'], days),
    picture: heatPicture,
  } satisfies View<a.Activity>,
}
