import { max, sum } from 'd3-array'
import { area, stack } from 'd3-shape'
import { own } from '../../../lib/own.ts'
import type { CumulativeFlow } from '../model/answers.ts'
import { across, heightOf, PERIOD, type Plot, plotAt, upTo, xDays, yAxis } from './axes.ts'
import { type LegendItem, nothing, picture } from './frame.ts'
import { COLOURS } from './style.ts'
import { counted, el, spoken } from './svg.ts'

type Point = CumulativeFlow['points'][number]
type Category = NonNullable<CumulativeFlow['categories'][string]>
const POINTS = 400

type Edge = { x: number; low: number; high: number }

/** Every n-th point, the last one included: more points than pixels only make the file larger. */
function thinPoints(points: Point[]): Point[] {
  const step = Math.ceil(points.length / POINTS)
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

/** A band per column; on a board of more columns than the eye tells colours, one per category. */
function bandsOf({ columns, names, categories }: CumulativeFlow): Band[] {
  const each = columns.map((key) => ({
    keys: [key],
    label: own(names, key) ?? `${spoken(key)} (deleted)`,
    category: own(categories, key) ?? null,
  }))
  if (each.length <= COLOURS) return each
  return [...Map.groupBy(each, ({ category }) => category)].map(([category, bands]) => ({
    keys: bands.flatMap(({ keys }) => keys),
    label: `${category === null ? 'Deleted' : CATEGORIES[category].label} (${counted(bands.length, 'column')})`,
    category,
  }))
}

/** The colour that its category suggests, or else the first that is free. */
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

const sumOf = ({ counts }: Point, { keys }: Band) => sum(keys, (key) => own(counts, key) ?? 0)

/** The bands as stacked areas, the last one at the bottom. */
function stackedAreas(points: Point[], bands: Band[], most: number, plot: Plot): string[] {
  const colours = coloursOf(bands)
  const [x, y] = [across(points.length, plot), upTo(most, plot)]
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
export function flowPicture(report: CumulativeFlow): string {
  const { interval } = report
  const points = thinPoints(report.points)
  const [name, title] = ['cumulative-flow', 'Cumulative flow']
  const most = max(points, ({ counts }) => sum(Object.values(counts))) ?? 0
  if (most === 0) return nothing(report, { name, title, desc: '' }, 'No tasks in this period')
  const bands = bandsOf(report)
  const colours = coloursOf(bands)
  const latest = points.at(-1) as Point // most is of one of them
  const frame = {
    name,
    title,
    desc: `Tasks in each column; in the end ${bands.map((band) => `${sumOf(latest, band)} in ${band.label}`).join(', ')}.`,
    legend: bands.map(({ label }, n): LegendItem => ({ label, colour: colours[n] ?? 0, mark: 'box' })),
  }
  return picture(report, frame, (top) => {
    const plot = plotAt(top)
    const days = points.map(({ date }) => date)
    const body = [
      ...yAxis(upTo(most, plot), plot, 'Tasks'),
      ...stackedAreas(points, bands, most, plot),
      ...xDays(days, across(points.length, plot), plot, PERIOD[interval]),
    ]
    return { body, height: heightOf(plot) }
  })
}
