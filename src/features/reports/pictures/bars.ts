import { max } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import type { Envelope } from '../model/answers.ts'
import { drawPicture, type Frame, MARGIN, WIDTH } from './frame.ts'
import { drawLine, drawText, el, shorten } from './svg.ts'

type Part = { value: number; colour: number }
type Row = { label: string; parts: Part[]; said: string }
/** `of`: how many rows there are, if `rows` is cut. */
type Rows = { rows: Row[]; of?: number; unit: string; stacked: boolean; most?: number; whole?: boolean }

/** A picture shows at most this many rows; the CSV has all. */
export const MAX_ROWS = 50
// in pixels
const [LABEL_WIDTH, NOTE_WIDTH, BAR_HEIGHT] = [204, 214, 16]

const wholeTicksOf = (ticks: number[]) => ticks.filter(Number.isInteger)

/** Horizontal bars. The parts of a row are beside each other when stacked, else below each other. */
function drawRows({ rows, of = rows.length, unit, stacked, most, whole = true }: Rows, top: number) {
  const shown = rows.slice(0, MAX_ROWS)
  const lanes = stacked ? 1 : (max(shown, ({ parts }) => parts.length) ?? 1)
  const height = lanes * BAR_HEIGHT + 16
  const [left, right, first] = [LABEL_WIDTH, WIDTH - NOTE_WIDTH, top + 16]
  const bottom = first + shown.length * height
  const length = ({ parts }: Row) =>
    stacked ? parts.reduce((sum, { value }) => sum + value, 0) : (max(parts, ({ value }) => value) ?? 0)
  const x = scaleLinear()
    .domain([0, most ?? (max(shown, length) || 1)])
    .range([left, right])
  if (most === undefined) x.nice(5)
  const ticks = whole ? wholeTicksOf(x.ticks(5)) : x.ticks(5)
  const body = ticks.flatMap((tick) => [
    drawLine(x(tick), first, x(tick), bottom, tick === 0 ? 'axis' : 'grid'),
    drawText(x(tick), bottom + 18, String(tick), { class: 'dim', anchor: 'middle' }),
  ])
  for (const [n, row] of shown.entries()) {
    const y = first + n * height + 8
    let start = 0
    for (const [lane, { value, colour }] of row.parts.entries()) {
      const rect = {
        x: x(start),
        y: y + (stacked ? 0 : lane * BAR_HEIGHT),
        width: x(value) - left,
        height: BAR_HEIGHT - 2,
      }
      if (value > 0) body.push(el('rect', { ...rect, rx: 2, class: `f${colour}` }))
      if (stacked) start += value
    }
    const middle = y + (lanes * BAR_HEIGHT) / 2 + 3
    body.push(drawText(left - 12, middle, shorten(row.label, LABEL_WIDTH - MARGIN - 12), { anchor: 'end' }))
    body.push(drawText(right + 12, middle, shorten(row.said, NOTE_WIDTH - 20), { class: 'dim' }))
  }
  body.push(drawText((left + right) / 2, bottom + 38, unit, { class: 'dim', anchor: 'middle' }))
  const rest = of - shown.length
  if (rest > 0) body.push(drawText(MARGIN, bottom + 38, `and ${rest} more`, { class: 'dim' }))
  return { body, height: bottom + 54 }
}

/** A picture of bars, with its frame. */
export const drawBarPicture = (report: Envelope, frame: Frame, rows: Rows) =>
  drawPicture(report, frame, (top) => drawRows(rows, top))
