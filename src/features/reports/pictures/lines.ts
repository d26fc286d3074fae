import { max } from 'd3-array'
import { area, line } from 'd3-shape'
import type { Burn } from '../model/answers.ts'
import { drawXDays, drawYAxis, heightOf, plotAt, X_UNITS, xOfPoint, yScaleOf } from './axes.ts'
import { drawEmpty, drawPicture } from './frame.ts'
import { countOf, el } from './svg.ts'

type Points = Burn['points']
type Curve = {
  label: string
  colour: number
  dashed?: true
  filled?: true
  value: (point: Points[number]) => number | null
}

const IDEAL: Curve = { label: 'Even pace', colour: 8, dashed: true, value: ({ ideal }) => ideal }
const CURVES: Record<'down' | 'up', Curve[]> = {
  down: [{ label: 'Remaining tasks', colour: 0, filled: true, value: ({ remaining }) => remaining }, IDEAL],
  up: [
    { label: 'Done', colour: 2, filled: true, value: ({ done }) => done },
    { label: 'Scope', colour: 0, value: ({ scope }) => scope },
    IDEAL,
  ],
}

function drawCurve(curve: Curve, points: Points, x: (n: number) => number, y: (value: number) => number): string[] {
  const known = points.flatMap((point, n) => {
    const value = curve.value(point)
    return value === null ? [] : [{ x: x(n), y: y(value) }]
  })
  const [first] = known
  if (first === undefined) return []
  const path = line<{ x: number; y: number }>(
    ({ x }) => x,
    ({ y }) => y,
  ).digits(1)
  const fill = area<{ x: number; y: number }>(
    ({ x }) => x,
    y(0),
    ({ y }) => y,
  ).digits(1)
  const stroke = `s${curve.colour}`
  return [
    ...(curve.filled ? [el('path', { d: fill(known) ?? '', class: `f${curve.colour}`, opacity: 0.16 })] : []),
    known.length === 1
      ? el('circle', { cx: first.x, cy: first.y, r: 4, class: `f${curve.colour}` })
      : el('path', { d: path(known) ?? '', class: `line ${stroke}${curve.dashed ? ' dash' : ''}` }),
  ]
}

/** A burn-down or burn-up chart: lines over time. The line of the even pace is dashed. */
export function drawBurn(report: Burn, kind: 'down' | 'up'): string {
  const { points, interval } = report
  const title = kind === 'down' ? 'Burn-down' : 'Burn-up'
  const name = kind === 'down' ? 'burndown' : 'burnup'
  const last = points.findLast(({ scope }) => scope !== null)
  if (!points.some(({ scope }) => scope)) return drawEmpty(report, { name, title, desc: '' }, 'No tasks in this period')
  const curves = CURVES[kind].filter(({ value }) => points.some((point) => value(point) !== null))
  const frame = {
    name,
    title,
    desc: `Remaining: ${last?.remaining} of ${countOf(last?.scope ?? 0, 'task')}. Done: ${last?.done}.`,
    legend: curves.map(({ label, colour, dashed }) => ({ label, colour, mark: dashed ? 'dash' : 'line' }) as const),
  }
  return drawPicture(report, frame, (top) => {
    const plot = plotAt(top)
    const most = max(points, (point) => max(curves, ({ value }) => value(point) ?? 0)) ?? 0
    const [x, y] = [xOfPoint(points.length, plot), yScaleOf(most, plot)]
    const body = [
      ...drawYAxis(y, plot, 'Tasks'),
      ...drawXDays(
        points.map(({ date }) => date),
        x,
        plot,
        X_UNITS[interval],
      ),
      ...curves.toReversed().flatMap((curve) => drawCurve(curve, points, x, y)),
    ]
    return { body, height: heightOf(plot) }
  })
}
