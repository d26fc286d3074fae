import { max, sum } from 'd3-array'
import { area, stack } from 'd3-shape'
import { ownValue } from '../../../lib/own-value.ts'
import type { CumulativeFlow } from '../model/answers.ts'
import { drawXDays, drawYAxis, heightOf, type Plot, plotAt, X_UNITS, xOfPoint, yScaleOf } from './axes.ts'
import { drawEmpty, drawPicture, type LegendItem } from './frame.ts'
import { COLOUR_COUNT } from './style.ts'
import { countOf, el, wordsOf } from './svg.ts'

type Point = CumulativeFlow['points'][number]
type Category = NonNullable<CumulativeFlow['categories'][string]>
const MAX_POINTS = 400

type Edge = { x: number; low: number; high: number }

/** Every n-th point, the last one included: more points than pixels only make the file larger. */
function thinPoints(points: Point[]): Point[] {
  const step = Math.ceil(points.length / MAX_POINTS)
  return points.filter((_, n) => (points.length - 1 - n) % step === 0)
}

type Band = { keys: string[]; label: string; category: Category | null }

const CATEGORIES: Record<Category, { label: string; colour: number }> = {
  backlog: { label: 'Backlog', colour: 5 },
  todo: { label: 'To do', colour: 1 },
  in_progress: { label: 'In progress', colour: 0 },
  review: { label: 'In review', colour: 3 },
  done: { label: 'Done', colour: 2 },
  cancelled: { label: 'Cancelled', colour: 8 },
}

/** A band for each column; if there are more columns than colours, one for each category. */
function bandsOf({ columns, names, categories }: CumulativeFlow): Band[] {
  const each = columns.map((key) => ({
    keys: [key],
    label: ownValue(names, key) ?? `${wordsOf(key)} (deleted)`,
    category: ownValue(categories, key) ?? null,
  }))
  if (each.length <= COLOUR_COUNT) return each
  return [...Map.groupBy(each, ({ category }) => category)].map(([category, bands]) => ({
    keys: bands.flatMap(({ keys }) => keys),
    label: `${category === null ? 'Deleted' : CATEGORIES[category].label} (${countOf(bands.length, 'column')})`,
    category,
  }))
}

/** The colour of each band: the one of its category, else the first that is free. */
function coloursOf(bands: Band[]): number[] {
  const free = new Set([0, 7, 5, 6, 3, 1, 2, 8, 4])
  const take = (wanted: number | undefined) => wanted !== undefined && free.delete(wanted)
  const first = bands.map(({ category }) => {
    const wanted = category === null ? undefined : CATEGORIES[category].colour
    return take(wanted) ? wanted : undefined
  })
  return first.map((colour) => {
    const [next = 0] = free
    if (colour === undefined) free.delete(next)
    return colour ?? next
  })
}

const sumOf = ({ counts }: Point, { keys }: Band) => sum(keys, (key) => ownValue(counts, key) ?? 0)

/** The bands as stacked areas, the last one at the bottom. */
function drawAreas(points: Point[], bands: Band[], most: number, plot: Plot): string[] {
  const colours = coloursOf(bands)
  const [x, y] = [xOfPoint(points.length, plot), yScaleOf(most, plot)]
  const half = points.length === 1 ? 40 : 0 // one point alone has no width
  const shape = area<Edge>(
    ({ x }) => x,
    ({ low }) => y(low),
    ({ high }) => y(high),
  ).digits(1)
  const layers = stack<Point, Band>().keys(bands.toReversed()).value(sumOf)(points)
  return layers.map((layer) => {
    const colour = colours[bands.indexOf(layer.key)] ?? 0
    const edges = layer.flatMap(([low, high], i) =>
      (half ? [x(i) - half, x(i) + half] : [x(i)]).map((x) => ({ x, low, high })),
    )
    return el('path', { d: shape(edges) ?? '', class: `f${colour} gap`, 'stroke-width': 0.75 })
  })
}

/** Cumulative flow: the last column of the board at the bottom. */
export function drawFlow(report: CumulativeFlow): string {
  const { interval } = report
  const points = thinPoints(report.points)
  const [name, title] = ['cumulative-flow', 'Cumulative flow']
  const most = max(points, ({ counts }) => sum(Object.values(counts))) ?? 0
  if (most === 0) return drawEmpty(report, { name, title, desc: '' }, 'No tasks in this period')
  const bands = bandsOf(report)
  const colours = coloursOf(bands)
  const latest = points.at(-1) as Point // there is one, as most is not 0
  const frame = {
    name,
    title,
    desc: `Tasks in each column; in the end ${bands.map((band) => `${sumOf(latest, band)} in ${band.label}`).join(', ')}.`,
    legend: bands.map(({ label }, n): LegendItem => ({ label, colour: colours[n] ?? 0, mark: 'box' })),
  }
  return drawPicture(report, frame, (top) => {
    const plot = plotAt(top)
    const days = points.map(({ date }) => date)
    const body = [
      ...drawYAxis(yScaleOf(most, plot), plot, 'Tasks'),
      ...drawAreas(points, bands, most, plot),
      ...drawXDays(days, xOfPoint(points.length, plot), plot, X_UNITS[interval]),
    ]
    return { body, height: heightOf(plot) }
  })
}
