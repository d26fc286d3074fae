import { max } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import type { Envelope, Overview, Summary, TimeInColumn, Workload } from '../schema.ts'
import { type Frame, type LegendItem, MARGIN, nothing, picture, WIDTH } from './frame.ts'
import { short, unitOf } from './scatter.ts'
import { el, lineFrom, shortened, spoken, text } from './svg.ts'

type Part = { value: number; colour: number }
type Row = { label: string; parts: Part[]; said: string }
type Rows = { rows: Row[]; unit: string; stacked: boolean; most?: number; whole?: boolean }

/** Rows that a picture shows: it is there to be looked at; the CSV has all. */
const SHOWN = 30
const [LABELS, SAID, BAR] = [210, 190, 16]

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

const bars = (report: Envelope, frame: Frame, rows: Rows) => picture(report, frame, (top) => draw(rows, top))
const box = (label: string, colour: number): LegendItem => ({ label, colour, mark: 'box' })

/** Half and most of the stays in each column. */
export function timeInColumnPicture(report: TimeInColumn): string {
  const frame = {
    name: 'time-in-column',
    title: 'Time in column',
    desc: '',
    legend: [box('Half of the stays were within (p50)', 0), box('85 % were within (p85)', 1)],
  }
  if (report.columns.every(({ count }) => count === 0))
    return nothing(report, frame, 'No task left a column in this period')
  const unit = unitOf(max(report.columns, ({ p85 }) => p85 ?? 0) ?? 0)
  const rows = report.columns.map(({ key, name, count, p50, p85 }) => {
    const [half, most] = [(p50 ?? 0) / unit.hours, (p85 ?? 0) / unit.hours]
    const said = count === 0 ? 'no stays' : `${short(half)} / ${short(most)} · ${count}×`
    return {
      label: name ?? `${spoken(key)} (deleted)`,
      parts: [
        { value: half, colour: 0 },
        { value: most, colour: 1 },
      ],
      said,
    }
  })
  const desc = `Time that tasks stayed, p50 / p85 in ${unit.name}: ${rows.map(({ label, said }) => `${label} ${said}`).join(', ')}.`
  return bars(report, { ...frame, desc }, { rows, unit: `Time in ${unit.name}`, stacked: false, whole: false })
}

/** What lies before each member. */
export function workloadPicture(report: Workload): string {
  const frame = {
    name: 'workload',
    title: 'Workload',
    desc: '',
    legend: [box('In progress', 0), box('Open, not begun', 8)],
  }
  if (report.assignees.every(({ open }) => open === 0)) return nothing(report, frame, 'No open tasks')
  const rows = report.assignees.map(({ name, open, in_progress, overdue }) => ({
    label: name ?? 'Nobody',
    parts: [
      { value: in_progress, colour: 0 },
      { value: open - in_progress, colour: 8 },
    ],
    said: `${open} open${overdue > 0 ? `, ${overdue} overdue` : ''}`,
  }))
  const desc = `Open tasks: ${rows.map(({ label, said }) => `${label} ${said}`).join('; ')}.`
  return bars(report, { ...frame, desc }, { rows, unit: 'Tasks', stacked: true })
}

/** Tasks by column, and the numbers that matter beside the title. */
export function summaryPicture(report: Summary): string {
  const { total, done, percent, overdue, due_soon, created, completed } = report
  const said = `${done} of ${total} done (${percent} %), ${overdue} overdue, ${due_soon} due soon`
  const trend = `created ${created.current} (before ${created.previous}), finished ${completed.current} (before ${completed.previous})`
  const frame = { name: 'summary', title: 'Summary', note: total === 0 ? undefined : said, desc: `${said}; ${trend}.` }
  if (total === 0) return nothing(report, frame, 'No tasks yet')
  const rows = Object.entries(report.by_status).map(([key, value]) => ({
    label: spoken(key),
    parts: [{ value, colour: 0 }],
    said: `${value} (${Math.round((100 * value) / total)} %)`,
  }))
  return bars(report, frame, { rows, unit: 'Tasks by column', stacked: true })
}

const HEALTH = {
  done: { colour: 2, label: 'Done' },
  on_track: { colour: 0, label: 'On track' },
  at_risk: { colour: 1, label: 'At risk' },
  late: { colour: 4, label: 'Late' },
  empty: { colour: 8, label: 'No tasks' },
} as const

/** How far each project is, in the colour of how it does. */
export function overviewPicture(report: Overview): string {
  const present = Object.entries(HEALTH).filter(([health]) =>
    report.projects.some((project) => project.health === health),
  )
  const frame = {
    name: 'overview',
    title: 'Projects',
    desc: '',
    legend: present.map(([, { colour, label }]) => box(label, colour)),
  }
  if (report.projects.length === 0) return nothing(report, frame, 'No projects')
  const rows = report.projects.map(({ name, percent, overdue, health }) => ({
    label: name,
    parts: [{ value: percent, colour: HEALTH[health].colour }],
    said: `${HEALTH[health].label}${health === 'empty' ? '' : ` · ${percent} %`}${overdue > 0 ? ` · ${overdue} overdue` : ''}`,
  }))
  const desc = `Done, in percent: ${rows.map(({ label, said }) => `${label} ${said}`).join('; ')}.`
  return bars(report, { ...frame, desc }, { rows, unit: '% done', stacked: true, most: 100 })
}
