import { ownValue } from '../../lib/own-value.ts'
import type { Cell } from './csv.ts'
import type * as a from './model/answers.ts'
import { drawFlow } from './pictures/bands.ts'
import { drawHeat } from './pictures/heat.ts'
import { drawForecast, drawThroughput } from './pictures/histograms.ts'
import { drawBurn } from './pictures/lines.ts'
import { drawOverview, drawSummary, drawTimeInColumn, drawWorkload } from './pictures/rows.ts'
import { drawAging, drawDurations } from './pictures/scatter.ts'

/** A report in its other formats: the name of its file, its rows (the first has names), and its picture (SVG). */
export type View<R> = { file: string; rows: (report: R) => Cell[][]; picture: (report: R) => string }

/** Rows of equal objects as a table: the named fields, under their names. */
const tableOf = <K extends string>(fields: readonly K[], rows: readonly Record<K, Cell>[]): Cell[][] => [
  [...fields],
  ...rows.map((row) => fields.map((field) => row[field])),
]

/** The numbers of a summary, one in each row: `measure, of, value`. */
function summaryRowsOf(report: a.Summary): Cell[][] {
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

const BURN_FIELDS = ['date', 'remaining', 'done', 'scope', 'remaining_estimate', 'ideal'] as const
const burnViewOf = (kind: 'down' | 'up'): View<a.Burn> => ({
  file: kind === 'down' ? 'burndown' : 'burnup',
  rows: ({ points }) => tableOf(BURN_FIELDS, points),
  picture: (report) => drawBurn(report, kind),
})

const TIME_FIELDS = ['task_id', 'number', 'title', 'completed_at', 'hours'] as const
const durationsViewOf = (kind: 'cycle' | 'lead'): View<a.Durations> => ({
  file: `${kind}-time`,
  rows: ({ tasks }) => tableOf(TIME_FIELDS, tasks),
  picture: (report) => drawDurations(report, kind),
})

/** Each report in its other formats. */
export const VIEWS = {
  summary: { file: 'summary', rows: summaryRowsOf, picture: drawSummary } satisfies View<a.Summary>,
  burndown: burnViewOf('down'),
  burnup: burnViewOf('up'),
  cumulativeFlow: {
    file: 'cumulative-flow',
    rows: ({ columns, points }) => [
      ['date', ...columns],
      ...points.map(({ date, counts }) => [date, ...columns.map((key) => ownValue(counts, key) ?? 0)]),
    ],
    picture: drawFlow,
  } satisfies View<a.CumulativeFlow>,
  cycleTime: durationsViewOf('cycle'),
  leadTime: durationsViewOf('lead'),
  throughput: {
    file: 'throughput',
    rows: ({ points }) => tableOf(['start', 'completed', 'moving_average'], points),
    picture: drawThroughput,
  } satisfies View<a.Throughput>,
  timeInColumn: {
    file: 'time-in-column',
    rows: ({ columns }) => tableOf(['key', 'name', 'count', 'p50', 'p85'], columns),
    picture: drawTimeInColumn,
  } satisfies View<a.TimeInColumn>,
  aging: {
    file: 'aging',
    rows: ({ tasks }) => tableOf(['task_id', 'number', 'title', 'status', 'hours', 'at_risk'], tasks),
    picture: drawAging,
  } satisfies View<a.Aging>,
  workload: {
    file: 'workload',
    rows: ({ assignees }) => tableOf(['user_id', 'name', 'open', 'in_progress', 'overdue', 'estimate'], assignees),
    picture: drawWorkload,
  } satisfies View<a.Workload>,
  forecast: {
    file: 'forecast',
    rows: ({ outcomes }) => tableOf(['value', 'runs'], outcomes),
    picture: drawForecast,
  } satisfies View<a.Forecast>,
  overview: {
    file: 'overview',
    rows: ({ projects }) =>
      tableOf(['id', 'key', 'name', 'percent', 'overdue', 'health', 'last_activity_at'], projects),
    picture: drawOverview,
  } satisfies View<a.Overview>,
  activity: {
    file: 'activity',
    rows: ({ days }) => tableOf(['date', 'hour', 'count'], days),
    picture: drawHeat,
  } satisfies View<a.Activity>,
}
