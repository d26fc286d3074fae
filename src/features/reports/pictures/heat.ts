import { max } from 'd3-array'
import type { Activity } from '../model/answers.ts'
import { weekdayOf } from '../model/days.ts'
import { drawEmpty, drawPicture, MARGIN, WIDTH } from './frame.ts'
import { countOf, drawText, el, round } from './svg.ts'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const [LEFT, CELL_HEIGHT] = [72, 30]
const CELL_WIDTH = (WIDTH - LEFT - MARGIN) / 24
/** Opacities of the one colour: people can tell about five apart. */
const OPACITIES = [0.16, 0.36, 0.56, 0.78, 1]

const opacityOf = (count: number, most: number) =>
  OPACITIES[Math.min(OPACITIES.length - 1, Math.ceil((OPACITIES.length * count) / most) - 1)] ?? 0

const drawCell = (x: number, y: number, opacity: number, label?: string) =>
  el(
    'rect',
    {
      x: x + 1,
      y: y + 1,
      width: CELL_WIDTH - 2,
      height: CELL_HEIGHT - 2,
      rx: 3,
      class: 'f0',
      opacity: opacity || 0.06,
    },
    ...(label === undefined ? [] : [el('title', {}, label)]),
  )

/** The key to the colours, under the map. */
function drawScale(top: number, most: number): string[] {
  const x = WIDTH - MARGIN - 60 - OPACITIES.length * CELL_WIDTH
  return [
    drawText(x - 10, top + 20, '1', { class: 'dim', anchor: 'end' }),
    ...OPACITIES.map((opacity, n) => drawCell(x + n * CELL_WIDTH, top, opacity)),
    drawText(x + OPACITIES.length * CELL_WIDTH + 8, top + 20, String(round(most)), { class: 'dim' }),
  ]
}

/** Changes by weekday and hour, over the whole period. */
export function drawHeat(report: Activity): string {
  const counts = WEEKDAYS.map(() => new Array<number>(24).fill(0))
  for (const { date, hour, count } of report.days) {
    const row = counts[weekdayOf(date)]
    if (row) row[hour] = (row[hour] ?? 0) + count
  }
  const [name, title] = ['activity', 'Activity']
  const most = max(counts.flat()) ?? 0
  if (most === 0) return drawEmpty(report, { name, title, desc: '' }, 'Nothing happened in this period')
  const total = counts.flat().reduce((sum, count) => sum + count, 0)
  const frame = {
    name,
    title,
    note: countOf(total, 'change'),
    desc: `${countOf(total, 'change')}, by weekday and hour of the day.`,
  }
  return drawPicture(report, frame, (top) => {
    const first = top + 8
    const bottom = first + WEEKDAYS.length * CELL_HEIGHT
    const rows = counts.flatMap((row, day) => [
      drawText(LEFT - 12, first + day * CELL_HEIGHT + 19, WEEKDAYS[day] ?? '', { class: 'dim', anchor: 'end' }),
      ...row.map((count, hour) =>
        drawCell(
          LEFT + hour * CELL_WIDTH,
          first + day * CELL_HEIGHT,
          count && opacityOf(count, most),
          `${WEEKDAYS[day]} ${hour}:00: ${count}`,
        ),
      ),
    ])
    const hours = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) =>
      drawText(LEFT + hour * CELL_WIDTH + 2, bottom + 18, `${String(hour).padStart(2, '0')}:00`, { class: 'dim' }),
    )
    const unit = drawText(LEFT + 2, bottom + 46, 'Hour of the day; changes per hour and weekday:', { class: 'dim' })
    return { body: [...rows, ...hours, unit, ...drawScale(bottom + 26, most)], height: bottom + 74 }
  })
}
