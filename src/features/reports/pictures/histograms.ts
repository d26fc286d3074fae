import { max } from 'd3-array'
import { line } from 'd3-shape'
import type { Forecast, Throughput } from '../model/answers.ts'
import { daysBetween } from '../model/days.ts'
import { heightOf, PERIOD, type Plot, plotAt, upTo, xDays, xLabels, yAxis } from './axes.ts'
import { nothing, picture } from './frame.ts'
import { marker } from './scatter.ts'
import { counted, el, round } from './svg.ts'

/** The middle of the n-th of `count` slots of equal width. */
const slots = (count: number, { left, right }: Plot) => {
  const width = (right - left) / count
  return { width, at: (n: number) => left + (n + 0.5) * width }
}

type Bar = { x: number; width: number; y: number }

/** All bars as one path: a thousand of them stay small. */
function bars(all: Bar[], bottom: number, look: string): string {
  const d = all
    .filter(({ y }) => y < bottom)
    .map(({ x, width, y }) => `M${round(x - width / 2)} ${round(bottom)}V${round(y)}h${round(width)}V${round(bottom)}z`)
  return el('path', { d: d.join(''), class: look })
}

const barWidth = (slot: number) => Math.max(0.5, Math.min(48, slot * 0.72))

/** The moving average as a line; one point alone as a dot. */
function averageLine(points: Throughput['points'], x: (n: number) => number, y: (value: number) => number): string {
  const [first] = points
  if (first && points.length === 1) return el('circle', { cx: x(0), cy: y(first.moving_average), r: 4, class: 'f1' })
  const path = line<Throughput['points'][number]>(
    (_, n) => x(n),
    ({ moving_average }) => y(moving_average),
  ).digits(1)
  return el('path', { d: path(points) ?? '', class: 'line s1' })
}

/** Tasks finished per day, week or month, and their moving average. */
export function throughputPicture(report: Throughput): string {
  const { points, interval } = report
  const [name, title] = ['throughput', 'Throughput']
  const total = points.reduce((sum, { completed }) => sum + completed, 0)
  if (total === 0) return nothing(report, { name, title, desc: '' }, 'Nothing was finished in this period')
  const frame = {
    name,
    title,
    note: `${counted(total, 'task')} finished`,
    desc: `${counted(total, 'task')} finished.`,
    legend: [
      { label: `Finished per ${interval}`, colour: 0, mark: 'box' as const },
      { label: 'Moving average', colour: 1, mark: 'line' as const },
    ],
  }
  return picture(report, frame, (top) => {
    const plot = plotAt(top)
    const { width, at } = slots(points.length, plot)
    const y = upTo(max(points, ({ completed }) => completed) ?? 0, plot)
    const body = [
      ...yAxis(y, plot, 'Tasks'),
      bars(
        points.map(({ completed }, n) => ({ x: at(n), width: barWidth(width), y: y(completed) })),
        plot.bottom,
        'f0',
      ),
      averageLine(points, at, y),
      ...xDays(
        points.map(({ start }) => start),
        at,
        plot,
        PERIOD[interval],
      ),
    ]
    return { body, height: heightOf(plot) }
  })
}

/** Outcomes that a histogram shows: the rare last ones past the 99th in a hundred would squeeze the rest. */
function usual(outcomes: Forecast['outcomes'], runs: number): Forecast['outcomes'] {
  let seen = 0
  const cut = outcomes.findIndex((outcome) => {
    seen += outcome.runs
    return seen >= runs * 0.99
  })
  return cut === -1 ? outcomes : outcomes.slice(0, cut + 1)
}

type Outcomes = Forecast['outcomes']
type Value = Outcomes[number]['value']

/** The place of outcomes on the x axis: days by the calendar, numbers of tasks by their size. */
function outcomeScale(outcomes: Outcomes, plot: Plot) {
  const first = outcomes[0]?.value ?? 0
  const place = (value: Value) => (typeof value === 'number' ? value : daysBetween(String(first), value))
  const least = place(first)
  const { width, at } = slots(place(outcomes.at(-1)?.value ?? 0) - least + 1, plot)
  return { width, x: (value: Value) => at(place(value) - least) }
}

/** The outcomes to count on, marked above the plot; one that is past its end is left out. */
function confidenceMarks({ p50, p85, p95 }: Forecast, x: (value: Value) => number, plot: Plot): string[] {
  const marks = [
    ['50 %', p50],
    ['85 %', p85],
    ['95 %', p95],
  ] as const
  const inside = marks.flatMap(([label, value]) =>
    value !== null && x(value) <= plot.right ? [{ label, at: x(value) }] : [],
  )
  return marker(inside, plot)
}

/** Days on which all is done or, of a forecast up to a day, numbers of tasks. */
function outcomeAxis(outcomes: Outcomes, by: string | null, x: (value: Value) => number, plot: Plot): string[] {
  const labels = outcomes.map(({ value }) => ({ x: x(value), label: String(value) }))
  if (by !== null) return xLabels(labels, plot, `Tasks done by ${by}`)
  const days = labels.map(({ label }) => label)
  return xDays(days, (n) => labels[n]?.x ?? 0, plot, 'Finished on')
}

/** The results of a forecast's runs, and its percentiles. */
export function forecastPicture(report: Forecast): string {
  const { items, by, runs, p50, p85, p95 } = report
  const name = 'forecast'
  const title = by === null ? `When will ${counted(items, 'task')} be done?` : `How many tasks will be done by ${by}?`
  const outcomes = usual(report.outcomes, runs)
  const hopeless = by === null ? p50 === null : outcomes.every(({ value }) => value === 0)
  if (hopeless) return nothing(report, { name, title, desc: '' }, 'Too little was finished in this period to say')
  const said = `50 %: ${p50 ?? 'later'} · 85 %: ${p85 ?? 'later'} · 95 %: ${p95 ?? 'later'}`
  const frame = { name, title, note: said, desc: `${runs} simulated runs; ${said}.` }
  return picture(report, frame, (top) => {
    const plot = plotAt(top + 34)
    const { width, x } = outcomeScale(outcomes, plot)
    const y = upTo(max(outcomes, (outcome) => (100 * outcome.runs) / runs) ?? 0, plot)
    const body = [
      ...yAxis(y, plot, '% of runs', false),
      bars(
        outcomes.map(({ value, runs: n }) => ({ x: x(value), width: barWidth(width), y: y((100 * n) / runs) })),
        plot.bottom,
        'f0',
      ),
      ...confidenceMarks(report, x, plot),
      ...outcomeAxis(outcomes, by, x, plot),
    ]
    return { body, height: heightOf(plot) }
  })
}
