import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { MARGIN, WIDTH } from './frame.ts'
import { lineFrom, text, widthOf } from './svg.ts'

/** The area inside the axes. */
export type Plot = { left: number; right: number; top: number; bottom: number }

export const PLOT_HEIGHT = 260

/** The plot below a legend that ends at `top`, with room for labels around it. */
export const plotAt = (top: number, right = MARGIN): Plot => ({
  left: 72,
  right: WIDTH - right,
  top: top + 28,
  bottom: top + 28 + PLOT_HEIGHT,
})

/** The height of a picture that ends with this plot and the labels of its x axis. */
export const heightOf = ({ bottom }: Plot) => bottom + 52

const number = (value: number) =>
  Math.abs(value) >= 1e5 ? value.toExponential(0) : String(Math.round(value * 1e6) / 1e6)

/** From 0 to a round number above `most`; whole steps for things that are counted. */
export const upTo = (most: number, { top, bottom }: Plot) =>
  scaleLinear()
    .domain([0, most > 0 ? most : 1])
    .nice(5)
    .range([bottom, top])

/** Grid lines, their values, and the unit above them. */
export function yAxis(scale: ScaleLinear<number, number>, plot: Plot, unit: string, whole = true): string[] {
  const ticks = scale.ticks(5).filter((tick) => !whole || Number.isInteger(tick))
  return [
    text(MARGIN, plot.top - 12, unit, { class: 'dim' }),
    ...ticks.flatMap((tick) => [
      lineFrom(plot.left, scale(tick), plot.right, scale(tick), tick === 0 ? 'axis' : 'grid'),
      text(plot.left - 10, scale(tick) + 4, number(tick), { class: 'dim', anchor: 'end' }),
    ]),
  ]
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "24 Nov"; with its year when that is not the year of the one before. */
const dayLabel = (day: string, before: string | undefined) => {
  const [year = '', month, date] = day.split('-')
  const label = `${Number(date)} ${MONTHS[Number(month) - 1]}`
  return before?.startsWith(year) ? label : `${label} ${year}`
}

type Label = { x: number; label: string }

/** Labels under the plot, as many as do not touch, and what they are. */
export function xLabels(labels: Label[], plot: Plot, unit: string): string[] {
  let end = Number.NEGATIVE_INFINITY
  const drawn = labels.flatMap(({ x, label }) => {
    const half = widthOf(label) / 2
    const middle = Math.min(WIDTH - 8 - half, Math.max(8 + half, x))
    if (middle - half < end + 14) return []
    end = middle + half
    return [
      lineFrom(x, plot.bottom, x, plot.bottom + 5, 'axis'),
      text(middle, plot.bottom + 20, label, { class: 'dim', anchor: 'middle' }),
    ]
  })
  return [
    lineFrom(plot.left, plot.bottom, plot.right, plot.bottom, 'axis'),
    ...drawn,
    text((plot.left + plot.right) / 2, plot.bottom + 40, unit, { class: 'dim', anchor: 'middle' }),
  ]
}

/** The days of a time axis, evenly thinned out. */
export function xDays(days: string[], at: (n: number) => number, plot: Plot, unit: string): string[] {
  const step = Math.max(1, Math.ceil(days.length / Math.floor((plot.right - plot.left) / 88)))
  const shown = days.map((_, n) => n).filter((n) => n % step === 0)
  const labels = shown.map((n, index) => ({ x: at(n), label: dayLabel(days[n] ?? '', days[shown[index - 1] ?? -1]) }))
  return xLabels(labels, plot, unit)
}

/** The place of the n-th of `count` points; a single one stands in the middle. */
export const across = (count: number, { left, right }: Plot) =>
  count === 1 ? () => (left + right) / 2 : (n: number) => left + ((right - left) * n) / (count - 1)

/** "tasks per day": the unit that an interval gives. */
export const PERIOD = { day: 'Day', week: 'Week', month: 'Month' }
