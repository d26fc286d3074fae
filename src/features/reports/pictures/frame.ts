import type { Envelope } from '../model/answers.ts'
import { STYLE } from './style.ts'
import { el, escapeXml, lineFrom, shortened, text, widthOf } from './svg.ts'

export const WIDTH = 760
export const MARGIN = 24

export type LegendItem = { label: string; colour: number; mark: 'box' | 'dot' | 'line' | 'dash' }

export type Frame = {
  /** A short name, unique among pictures on one page. */
  name: string
  title: string
  /** Beside the title: what the picture shows besides its period, such as the number of tasks. */
  note?: string
  /** A line of its own below that. */
  more?: string
  /** In place of the period, for a picture of the present day. */
  now?: true
  /** The picture in a sentence, for those who cannot see it. */
  desc: string
  legend?: LegendItem[]
}

const LEGEND_ROW = 20

function mark({ colour, mark }: LegendItem, x: number, y: number): string {
  if (mark === 'dot') return el('circle', { cx: x + 9, cy: y - 4, r: 4.5, class: `f${colour}` })
  if (mark !== 'box') return lineFrom(x, y - 4, x + 18, y - 4, `line s${colour}${mark === 'dash' ? ' dash' : ''}`)
  return el('rect', {
    x: x + 3,
    y: y - 10,
    width: 12,
    height: 12,
    rx: 2,
    class: `f${colour}`,
  })
}

/** Items in rows, as many in each as fit. */
function legendAt(top: number, items: LegendItem[]): { parts: string[]; height: number } {
  let [x, y] = [MARGIN, top + 12]
  const parts = items.flatMap((item) => {
    const label = shortened(item.label, 300)
    const width = 24 + widthOf(label) + 18
    if (x > MARGIN && x + width > WIDTH - MARGIN) [x, y] = [MARGIN, y + LEGEND_ROW]
    const drawn = [mark(item, x, y), text(x + 24, y, label)]
    x += width
    return drawn
  })
  return { parts, height: items.length === 0 ? 0 : y - top + LEGEND_ROW / 2 }
}

/** Swedish writes an instant as "2026-11-24 13:05". */
export const wallClock = (timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })

type Drawing = { body: string[]; height: number }

/** A whole picture: title, period, legend, and what `draw` puts below them. */
export function picture(report: Envelope, frame: Frame, draw: (top: number) => Drawing): string {
  const { from, to, tz, project_name, generated_at } = report
  const period = from === to ? from : `${from} to ${to}`
  const days = frame.now ? `as of ${wallClock(tz).format(new Date(generated_at))}` : period
  const title = project_name === null ? frame.title : `${frame.title} · ${project_name}`
  const subtitle = [frame.note, days, tz].filter(Boolean).join(' · ')
  const below = frame.more === undefined ? 66 : 84
  const legend = legendAt(below, frame.legend ?? [])
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
    text(MARGIN, 32, shortened(title, WIDTH - 2 * MARGIN, 17), { size: 17, weight: 600 }),
    text(MARGIN, 52, shortened(subtitle, WIDTH - 2 * MARGIN), { class: 'dim' }),
    ...(frame.more === undefined
      ? []
      : [text(MARGIN, 70, shortened(frame.more, WIDTH - 2 * MARGIN), { class: 'dim' })]),
    ...legend.parts,
    ...body,
  )
}

/** A report without data says that there is nothing to show. */
export const nothing = (report: Envelope, frame: Frame, message: string) =>
  picture(report, { ...frame, legend: [], more: undefined, desc: message }, (top) => ({
    body: [text(WIDTH / 2, top + 80, message, { class: 'dim', anchor: 'middle', size: 14 })],
    height: top + 160,
  }))
