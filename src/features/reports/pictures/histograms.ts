import { max } from 'd3-array'
import { line } from 'd3-shape'
import type { Forecast, Throughput } from '../model/answers.ts'
import { daysBetween } from '../model/days.ts'
import { drawXDays, drawXLabels, drawYAxis, heightOf, type Plot, plotAt, X_UNITS, yScaleOf } from './axes.ts'
import { drawEmpty, drawPicture } from './frame.ts'
import { drawMarkers } from './scatter.ts'
import { countOf, el, round } from './svg.ts'

/** `count` slots of equal width. `at`: the middle of the n-th one. In pixels. */
const slotsOf = (count: number, { left, right }: Plot) => {
  const width = (right - left) / count
  return { width, at: (n: number) => left + (n + 0.5) * width }
}

type Bar = { x: number; width: number; y: number }

/** All bars as one path: even a thousand of them make a small file. */
function drawBars(all: Bar[], bottom: number, className: string): string {
  const d = all
    .filter(({ y }) => y < bottom)
    .map(({ x, width, y }) => `M${round(x - width / 2)} ${round(bottom)}V${round(y)}h${round(width)}V${round(bottom)}z`)
  return el('path', { d: d.join(''), class: className })
}

const barWidthOf = (slot: number) => Math.max(0.5, Math.min(48, slot * 0.72))

/** The moving average as a line; a single point as a dot. */
function drawAverage(points: Throughput['points'], x: (n: number) => number, y: (value: number) => number): string {
  const [first] = points
  if (first && points.length === 1) return el('circle', { cx: x(0), cy: y(first.moving_average), r: 4, class: 'f1' })
  const path = line<Throughput['points'][number]>(
    (_, n) => x(n),
    ({ moving_average }) => y(moving_average),
  ).digits(1)
  return el('path', { d: path(points) ?? '', class: 'line s1' })
}

/** Tasks finished per day, week or month, and their moving average. */
export function drawThroughput(report: Throughput): string {
  const { points, interval } = report
  const [name, title] = ['throughput', 'Throughput']
  const total = points.reduce((sum, { completed }) => sum + completed, 0)
  if (total === 0) return drawEmpty(report, { name, title, desc: '' }, 'Nothing was finished in this period')
  const frame = {
    name,
    title,
    note: `${countOf(total, 'task')} finished`,
    desc: `${countOf(total, 'task')} finished.`,
    legend: [
      { label: `Finished per ${interval}`, colour: 0, mark: 'box' as const },
      { label: 'Moving average', colour: 1, mark: 'line' as const },
    ],
  }
  return drawPicture(report, frame, (top) => {
    const plot = plotAt(top)
    const { width, at } = slotsOf(points.length, plot)
    const y = yScaleOf(max(points, ({ completed }) => completed) ?? 0, plot)
    const body = [
      ...drawYAxis(y, plot, 'Tasks'),
      drawBars(
        points.map(({ completed }, n) => ({ x: at(n), width: barWidthOf(width), y: y(completed) })),
        plot.bottom,
        'f0',
      ),
      drawAverage(points, at, y),
      ...drawXDays(
        points.map(({ start }) => start),
        at,
        plot,
        X_UNITS[interval],
      ),
    ]
    return { body, height: heightOf(plot) }
  })
}

/** The outcomes that a histogram shows: those of the first 99 % of the runs. The rare others would squeeze the rest. */
function usualOutcomesOf(outcomes: Forecast['outcomes'], runs: number): Forecast['outcomes'] {
  let seen = 0
  const cut = outcomes.findIndex((outcome) => {
    seen += outcome.runs
    return seen >= runs * 0.99
  })
  return cut === -1 ? outcomes : outcomes.slice(0, cut + 1)
}

type Outcomes = Forecast['outcomes']
type Value = Outcomes[number]['value']

/** The x of outcomes: of days by the calendar, of numbers of tasks by their size. */
function outcomeScaleOf(outcomes: Outcomes, plot: Plot) {
  const first = outcomes[0]?.value ?? 0
  const placeOf = (value: Value) => (typeof value === 'number' ? value : daysBetween(String(first), value))
  const least = placeOf(first)
  const { width, at } = slotsOf(placeOf(outcomes.at(-1)?.value ?? 0) - least + 1, plot)
  return { width, x: (value: Value) => at(placeOf(value) - least) }
}

/** The percentiles, marked above the plot; one beyond its end is left out. */
function drawPercentiles({ p50, p85, p95 }: Forecast, x: (value: Value) => number, plot: Plot): string[] {
  const marks = [
    ['50 %', p50],
    ['85 %', p85],
    ['95 %', p95],
  ] as const
  const inside = marks.flatMap(([label, value]) =>
    value !== null && x(value) <= plot.right ? [{ label, at: x(value) }] : [],
  )
  return drawMarkers(inside, plot)
}

/** The x axis: days on which all is done or, of a forecast with `by`, numbers of tasks. */
function drawOutcomeAxis(outcomes: Outcomes, by: string | null, x: (value: Value) => number, plot: Plot): string[] {
  const labels = outcomes.map(({ value }) => ({ x: x(value), label: String(value) }))
  if (by !== null) return drawXLabels(labels, plot, `Tasks done by ${by}`)
  const days = labels.map(({ label }) => label)
  return drawXDays(days, (n) => labels[n]?.x ?? 0, plot, 'Finished on')
}

/** The results of a forecast's runs, and its percentiles. */
export function drawForecast(report: Forecast): string {
  const { items, by, runs, p50, p85, p95 } = report
  const name = 'forecast'
  const title = by === null ? `When will ${countOf(items, 'task')} be done?` : `How many tasks will be done by ${by}?`
  const outcomes = usualOutcomesOf(report.outcomes, runs)
  const hopeless = by === null ? p50 === null : outcomes.every(({ value }) => value === 0)
  if (hopeless) return drawEmpty(report, { name, title, desc: '' }, 'Too little was finished in this period to say')
  const said = `50 %: ${p50 ?? 'later'} · 85 %: ${p85 ?? 'later'} · 95 %: ${p95 ?? 'later'}`
  const frame = { name, title, note: said, desc: `${runs} simulated runs; ${said}.` }
  return drawPicture(report, frame, (top) => {
    const plot = plotAt(top + 34)
    const { width, x } = outcomeScaleOf(outcomes, plot)
    const y = yScaleOf(max(outcomes, (outcome) => (100 * outcome.runs) / runs) ?? 0, plot)
    const body = [
      ...drawYAxis(y, plot, '% of runs', false),
      drawBars(
        outcomes.map(({ value, runs: n }) => ({ x: x(value), width: barWidthOf(width), y: y((100 * n) / runs) })),
        plot.bottom,
        'f0',
      ),
      ...drawPercentiles(report, x, plot),
      ...drawOutcomeAxis(outcomes, by, x, plot),
    ]
    return { body, height: heightOf(plot) }
  })
}
