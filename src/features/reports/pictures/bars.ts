import { max } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import type { Envelope } from '../model/answers.ts'
import { type Frame, MARGIN, picture, WIDTH } from './frame.ts'
import { el, lineFrom, shortened, text } from './svg.ts'

type Part = { value: number; colour: number }
type Row = { label: string; parts: Part[]; said: string }
type Rows = { rows: Row[]; unit: string; stacked: boolean; most?: number; whole?: boolean }

/** Rows that a picture shows: it is there to be looked at; the CSV has all. */
export const SHOWN = 50
const [LABELS, SAID, BAR] = [204, 214, 16]

const wholeTicks = (ticks: number[]) => ticks.filter(Number.isInteger)

/** Horizontal bars, one row each: beside each other when stacked, else below each other. */
function draw({ rows, unit, stacked, most, whole = true }: Rows, top: number) {
  const shown = rows.slice(0, SHOWN)
  const lanes = stacked ? 1 : (max(shown, ({ parts }) => parts.length) ?? 1)
  const height = lanes * BAR + 16
  const [left, right, first] = [LABELS, WIDTH - SAID, top + 16]
  const bottom = first + shown.length * height
  const length = ({ parts }: Row) =>
    stacked ? parts.reduce((sum, { value }) => sum + value, 0) : (max(parts, ({ value }) => value) ?? 0)
  const x = scaleLinear()
    .domain([0, most ?? (max(shown, length) || 1)])
    .range([left, right])
  if (most === undefined) x.nice(5)
  const ticks = whole ? wholeTicks(x.ticks(5)) : x.ticks(5)
  const body = ticks.flatMap((tick) => [
    lineFrom(x(tick), first, x(tick), bottom, tick === 0 ? 'axis' : 'grid'),
    text(x(tick), bottom + 18, String(tick), { class: 'dim', anchor: 'middle' }),
  ])
  for (const [n, row] of shown.entries()) {
    const y = first + n * height + 8
    let start = 0
    for (const [lane, { value, colour }] of row.parts.entries()) {
      const rect = { x: x(start), y: y + (stacked ? 0 : lane * BAR), width: x(value) - left, height: BAR - 2 }
      if (value > 0) body.push(el('rect', { ...rect, rx: 2, class: `f${colour}` }))
      if (stacked) start += value
    }
    const middle = y + (lanes * BAR) / 2 + 3
    body.push(text(left - 12, middle, shortened(row.label, LABELS - MARGIN - 12), { anchor: 'end' }))
    body.push(text(right + 12, middle, shortened(row.said, SAID - 20), { class: 'dim' }))
  }
  body.push(text((left + right) / 2, bottom + 38, unit, { class: 'dim', anchor: 'middle' }))
  const rest = rows.length - shown.length
  if (rest > 0) body.push(text(MARGIN, bottom + 38, `and ${rest} more`, { class: 'dim' }))
  return { body, height: bottom + 54 }
}

/** A picture of bars, with its frame. */
export const bars = (report: Envelope, frame: Frame, rows: Rows) => picture(report, frame, (top) => draw(rows, top))
