import { max } from 'd3-array'
import type { Activity } from '../model/answers.ts'
import { weekdayOf } from '../model/days.ts'
import { MARGIN, nothing, picture, WIDTH } from './frame.ts'
import { counted, el, round, text } from './svg.ts'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const [LEFT, CELL_HEIGHT] = [72, 30]
const CELL_WIDTH = (WIDTH - LEFT - MARGIN) / 24
/** Strengths of the one colour: the eye tells about five apart. */
const STEPS = [0.16, 0.36, 0.56, 0.78, 1]

const stepOf = (count: number, most: number) =>
  STEPS[Math.min(STEPS.length - 1, Math.ceil((STEPS.length * count) / most) - 1)] ?? 0

const cell = (x: number, y: number, opacity: number, label?: string) =>
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
function scaleBelow(top: number, most: number): string[] {
  const x = WIDTH - MARGIN - 60 - STEPS.length * CELL_WIDTH
  return [
    text(x - 10, top + 20, '1', { class: 'dim', anchor: 'end' }),
    ...STEPS.map((opacity, n) => cell(x + n * CELL_WIDTH, top, opacity)),
    text(x + STEPS.length * CELL_WIDTH + 8, top + 20, String(round(most)), { class: 'dim' }),
  ]
}

/** Changes by weekday and hour, over the whole period. */
export function heatPicture(report: Activity): string {
  const counts = WEEKDAYS.map(() => new Array<number>(24).fill(0))
  for (const { date, hour, count } of report.days) {
    const row = counts[weekdayOf(date)]
    if (row) row[hour] = (row[hour] ?? 0) + count
  }
  const [name, title] = ['activity', 'Activity']
  const most = max(counts.flat()) ?? 0
  if (most === 0) return nothing(report, { name, title, desc: '' }, 'Nothing happened in this period')
  const total = counts.flat().reduce((sum, count) => sum + count, 0)
  const frame = {
    name,
    title,
    note: counted(total, 'change'),
    desc: `${counted(total, 'change')}, by weekday and hour of the day.`,
  }
  return picture(report, frame, (top) => {
    const first = top + 8
    const bottom = first + WEEKDAYS.length * CELL_HEIGHT
    const rows = counts.flatMap((row, day) => [
      text(LEFT - 12, first + day * CELL_HEIGHT + 19, WEEKDAYS[day] ?? '', { class: 'dim', anchor: 'end' }),
      ...row.map((count, hour) =>
        cell(
          LEFT + hour * CELL_WIDTH,
          first + day * CELL_HEIGHT,
          count && stepOf(count, most),
          `${WEEKDAYS[day]} ${hour}:00: ${count}`,
        ),
      ),
    ])
    const hours = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) =>
      text(LEFT + hour * CELL_WIDTH + 2, bottom + 18, `${String(hour).padStart(2, '0')}:00`, { class: 'dim' }),
    )
    const unit = text(LEFT + 2, bottom + 46, 'Hour of the day; changes per hour and weekday:', { class: 'dim' })
    return { body: [...rows, ...hours, unit, ...scaleBelow(bottom + 26, most)], height: bottom + 74 }
  })
}
