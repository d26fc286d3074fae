import type { Envelope } from '../model/answers.ts'
import { STYLE } from './style.ts'
import { drawLine, drawText, el, escapeXml, shorten, widthOf } from './svg.ts'

export const WIDTH = 760
export const MARGIN = 24

export type LegendItem = { label: string; colour: number; mark: 'box' | 'dot' | 'line' | 'dash' }

export type Frame = {
  /** A short name, unique among pictures on one page. */
  name: string
  title: string
  /** The beginning of the line below the title, before the period: such as the number of tasks. */
  note?: string
  /** One more line, below that. */
  more?: string
  /** Shows the current time in place of the period. */
  now?: true
  /** The picture in a sentence, for those who cannot see it. */
  desc: string
  legend?: LegendItem[]
}

const LEGEND_ROW = 20

function drawMark({ colour, mark }: LegendItem, x: number, y: number): string {
  if (mark === 'dot') return el('circle', { cx: x + 9, cy: y - 4, r: 4.5, class: `f${colour}` })
  if (mark !== 'box') return drawLine(x, y - 4, x + 18, y - 4, `line s${colour}${mark === 'dash' ? ' dash' : ''}`)
  return el('rect', {
    x: x + 3,
    y: y - 10,
    width: 12,
    height: 12,
    rx: 2,
    class: `f${colour}`,
  })
}

/** The items of a legend in rows, as many in each as fit. */
function drawLegend(top: number, items: LegendItem[]): { parts: string[]; height: number } {
  let [x, y] = [MARGIN, top + 12]
  const parts = items.flatMap((item) => {
    const label = shorten(item.label, 300)
    const width = 24 + widthOf(label) + 18
    if (x > MARGIN && x + width > WIDTH - MARGIN) [x, y] = [MARGIN, y + LEGEND_ROW]
    const drawn = [drawMark(item, x, y), drawText(x + 24, y, label)]
    x += width
    return drawn
  })
  return { parts, height: items.length === 0 ? 0 : y - top + LEGEND_ROW / 2 }
}

/** Formats instants as "2026-11-24 13:05" in a time zone, as Swedish does. */
export const wallClockOf = (timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })

type Drawing = { body: string[]; height: number }

/** A whole picture: title, period, legend, and what `draw` puts below them. */
export function drawPicture(report: Envelope, frame: Frame, draw: (top: number) => Drawing): string {
  const { from, to, tz, project_name, generated_at } = report
  const period = from === to ? from : `${from} to ${to}`
  const days = frame.now ? `as of ${wallClockOf(tz).format(new Date(generated_at))}` : period
  const title = project_name === null ? frame.title : `${frame.title} · ${project_name}`
  const subtitle = [frame.note, days, tz].filter(Boolean).join(' · ')
  const below = frame.more === undefined ? 66 : 84
  const legend = drawLegend(below, frame.legend ?? [])
  const { body, height } = draw(below + legend.height)
  const names = { title: `flowtrack-${frame.name}-title`, desc: `flowtrack-${frame.name}-desc` }
  return el(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      'font-size': 12,
      role: 'img',
      'aria-labelledby': `${names.title} ${names.desc}`,
    },
    el('title', { id: names.title }, escapeXml(title)),
    el('desc', { id: names.desc }, escapeXml(`${frame.desc} ${subtitle}.`)),
    el('style', {}, STYLE),
    el('rect', { width: WIDTH, height, class: 'bg' }),
    drawText(MARGIN, 32, shorten(title, WIDTH - 2 * MARGIN, 17), { size: 17, weight: 600 }),
    drawText(MARGIN, 52, shorten(subtitle, WIDTH - 2 * MARGIN), { class: 'dim' }),
    ...(frame.more === undefined
      ? []
      : [drawText(MARGIN, 70, shorten(frame.more, WIDTH - 2 * MARGIN), { class: 'dim' })]),
    ...legend.parts,
    ...body,
  )
}

/** The picture of a report without data: it shows only the message. */
export const drawEmpty = (report: Envelope, frame: Frame, message: string) =>
  drawPicture(report, { ...frame, legend: [], more: undefined, desc: message }, (top) => ({
    body: [drawText(WIDTH / 2, top + 80, message, { class: 'dim', anchor: 'middle', size: 14 })],
    height: top + 160,
  }))
