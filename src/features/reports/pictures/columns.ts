import { max } from 'd3-array'
import { line } from 'd3-shape'
import { daysBetween } from '../model/days.ts'
import type { Forecast, Throughput } from '../model/schema.ts'
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
    const average = line<Throughput['points'][number]>(
      (_, n) => at(n),
      ({ moving_average }) => y(moving_average),
    ).digits(1)
    const body = [
      ...yAxis(y, plot, 'Tasks'),
      bars(
        points.map(({ completed }, n) => ({ x: at(n), width: barWidth(width), y: y(completed) })),
        plot.bottom,
        'f0',
      ),
      points.length === 1
        ? el('circle', { cx: at(0), cy: y(points[0]?.moving_average ?? 0), r: 4, class: 'f1' })
        : el('path', { d: average(points) ?? '', class: 'line s1' }),
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

/** What the runs of a forecast came to, and the outcomes to count on. */
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
    const place = (value: string | number) =>
      typeof value === 'number' ? value : daysBetween(String(outcomes[0]?.value), value)
    const least = place(outcomes[0]?.value ?? 0)
    const { width, at } = slots(place(outcomes.at(-1)?.value ?? 0) - least + 1, plot)
    const x = (value: string | number) => at(place(value) - least)
    const y = upTo(max(outcomes, (outcome) => (100 * outcome.runs) / runs) ?? 0, plot)
    const marks = [
      ['50 %', p50],
      ['85 %', p85],
      ['95 %', p95],
    ] as const
    const inside = marks.flatMap(([label, value]) =>
      value !== null && x(value) <= plot.right ? [{ label, at: x(value) }] : [],
    )
    const axis =
      by === null
        ? xDays(
            outcomes.map(({ value }) => String(value)),
            (n) => x(outcomes[n]?.value ?? 0),
            plot,
            'Finished on',
          )
        : xLabels(
            outcomes.map(({ value }) => ({ x: x(value), label: String(value) })),
            plot,
            `Tasks done by ${by}`,
          )
    const body = [
      ...yAxis(y, plot, '% of runs', false),
      bars(
        outcomes.map(({ value, runs: n }) => ({ x: x(value), width: barWidth(width), y: y((100 * n) / runs) })),
        plot.bottom,
        'f0',
      ),
      ...marker(inside, plot),
      ...axis,
    ]
    return { body, height: heightOf(plot) }
  })
}
