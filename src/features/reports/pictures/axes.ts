import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { MARGIN, WIDTH } from './frame.ts'
import { drawLine, drawText, widthOf } from './svg.ts'

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

const formatNumber = (value: number) =>
  Math.abs(value) >= 1e5 ? value.toExponential(0) : String(Math.round(value * 1e6) / 1e6)

/** The y scale in pixels: from 0 to `most`, or to a round number above it. */
export const yScaleOf = (most: number, { top, bottom }: Plot) =>
  scaleLinear()
    .domain([0, most > 0 ? most : 1])
    .nice(5)
    .range([bottom, top])

/** Grid lines, their values, and the unit above them. `whole`: only whole numbers. */
export function drawYAxis(scale: ScaleLinear<number, number>, plot: Plot, unit: string, whole = true): string[] {
  const ticks = scale.ticks(5).filter((tick) => !whole || Number.isInteger(tick))
  return [
    drawText(MARGIN, plot.top - 12, unit, { class: 'dim' }),
    ...ticks.flatMap((tick) => [
      drawLine(plot.left, scale(tick), plot.right, scale(tick), tick === 0 ? 'axis' : 'grid'),
      drawText(plot.left - 10, scale(tick) + 4, formatNumber(tick), { class: 'dim', anchor: 'end' }),
    ]),
  ]
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "24 Nov"; with its year when that is not the year of the one before. */
const dayLabelOf = (day: string, before: string | undefined) => {
  const [year = '', month, date] = day.split('-')
  const label = `${Number(date)} ${MONTHS[Number(month) - 1]}`
  return before?.startsWith(year) ? label : `${label} ${year}`
}

type Label = { x: number; label: string }

/** Labels under the plot, as many as do not touch, and the unit below them. */
export function drawXLabels(labels: Label[], plot: Plot, unit: string): string[] {
  let end = Number.NEGATIVE_INFINITY
  const drawn = labels.flatMap(({ x, label }) => {
    const half = widthOf(label) / 2
    const middle = Math.min(WIDTH - 8 - half, Math.max(8 + half, x))
    if (middle - half < end + 14) return []
    end = middle + half
    return [
      drawLine(x, plot.bottom, x, plot.bottom + 5, 'axis'),
      drawText(middle, plot.bottom + 20, label, { class: 'dim', anchor: 'middle' }),
    ]
  })
  return [
    drawLine(plot.left, plot.bottom, plot.right, plot.bottom, 'axis'),
    ...drawn,
    drawText((plot.left + plot.right) / 2, plot.bottom + 40, unit, { class: 'dim', anchor: 'middle' }),
  ]
}

/** The days of a time axis, as many as have room, at equal distances. `at`: the x of the n-th day. */
export function drawXDays(days: string[], at: (n: number) => number, plot: Plot, unit: string): string[] {
  const step = Math.max(1, Math.ceil(days.length / Math.floor((plot.right - plot.left) / 88)))
  const shown = days.map((_, n) => n).filter((n) => n % step === 0)
  const labels = shown.map((n, index) => ({ x: at(n), label: dayLabelOf(days[n] ?? '', days[shown[index - 1] ?? -1]) }))
  return drawXLabels(labels, plot, unit)
}

/** The x, in pixels, of the n-th of `count` points; a single one stands in the middle. */
export const xOfPoint = (count: number, { left, right }: Plot) =>
  count === 1 ? () => (left + right) / 2 : (n: number) => left + ((right - left) * n) / (count - 1)

/** The unit of the x axis, by interval. */
export const X_UNITS = { day: 'Day', week: 'Week', month: 'Month' }
