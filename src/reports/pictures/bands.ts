import { max, sum } from 'd3-array'
import { area, stack } from 'd3-shape'
import type { CumulativeFlow } from '../schema.ts'
import { across, heightOf, PERIOD, plotAt, upTo, xDays, yAxis } from './axes.ts'
import { type LegendItem, nothing, picture } from './frame.ts'
import { colourOf, opacityOf } from './style.ts'
import { el, spoken } from './svg.ts'

type Point = CumulativeFlow['points'][number]
const POINTS = 400

type Edge = { x: number; low: number; high: number }

/** Every n-th point, the last one included: more than there are pixels would only weigh. */
function thinned(points: Point[]): Point[] {
  const step = Math.ceil(points.length / POINTS)
  return points.filter((_, n) => (points.length - 1 - n) % step === 0)
}

/** Cumulative flow: a band per column, the last column of the board at the bottom. */
export function flowPicture(report: CumulativeFlow): string {
  const { columns, names, interval } = report
  const points = thinned(report.points)
  const [name, title] = ['cumulative-flow', 'Cumulative flow']
  const most = max(points, ({ counts }) => sum(Object.values(counts))) ?? 0
  if (most === 0) return nothing(report, { name, title, desc: '' }, 'No tasks in this period')
  const label = (key: string) => names[key] ?? `${spoken(key)} (deleted)`
  const latest = points.at(-1)?.counts ?? {}
  const frame = {
    name,
    title,
    desc: `Tasks in each column; in the end ${columns.map((key) => `${latest[key]} in ${label(key)}`).join(', ')}.`,
    legend: columns.map((key, n): LegendItem => ({ label: label(key), colour: n, mark: 'box' })),
  }
  return picture(report, frame, (top) => {
    const plot = plotAt(top)
    const [x, y] = [across(points.length, plot), upTo(most, plot)]
    const half = points.length === 1 ? 40 : 0 // one point alone has no width
    const shape = area<Edge>(
      ({ x }) => x,
      ({ low }) => y(low),
      ({ high }) => y(high),
    ).digits(1)
    const bands = stack<Point>()
      .keys(columns.toReversed())
      .value(({ counts }, key) => counts[key] ?? 0)(points)
    const drawn = bands.map((band) => {
      const n = columns.indexOf(band.key)
      const edges = band.flatMap(([low, high], i) =>
        (half ? [x(i) - half, x(i) + half] : [x(i)]).map((x) => ({ x, low, high })),
      )
      return el('path', {
        d: shape(edges) ?? '',
        class: `f${colourOf(n)}${columns.length > 10 ? '' : ' gap'}`,
        opacity: opacityOf(n),
        'stroke-width': 0.75,
      })
    })
    const days = xDays(
      points.map(({ date }) => date),
      x,
      plot,
      PERIOD[interval],
    )
    return { body: [...yAxis(y, plot, 'Tasks'), ...drawn, ...days], height: heightOf(plot) }
  })
}
