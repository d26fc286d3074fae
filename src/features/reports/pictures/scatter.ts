import { max } from 'd3-array'
import { scaleBand } from 'd3-scale'
import { own } from '../../../lib/own.ts'
import type { Aging, Durations } from '../model/answers.ts'
import { bucketsOf, daysBetween } from '../model/days.ts'
import { heightOf, type Plot, plotAt, upTo, xDays, xLabels, yAxis } from './axes.ts'
import { nothing, picture, wallClock } from './frame.ts'
import { counted, el, lineFrom, round, shortened, text, widthOf } from './svg.ts'

type Dot = { x: number; y: number }

/** All dots as one path of round caps: thousands of them stay small. */
const dots = (all: Dot[], size: number, colour: number) =>
  el('path', {
    d: all.map(({ x, y }) => `M${round(x)} ${round(y)}h0`).join(''),
    class: `dots s${colour}`,
    'stroke-width': size,
    opacity: 0.8,
  })

/** The unit in which times up to `most` hours read best. */
export const unitOf = (most: number) => (most <= 48 ? { name: 'hours', hours: 1 } : { name: 'days', hours: 24 })
export const short = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))

/** Between two labels, one below the other. */
const ROW = 15

type Level = { label: string; at: number }

/** Dashed lines across the plot, labelled at its right; labels that would touch are moved apart. */
function levels(lines: Level[], { left, right, top, bottom }: Plot): string[] {
  const sorted = lines.toSorted((a, b) => a.at - b.at)
  let last = top - ROW
  const pushed = sorted.map(({ at }) => {
    last = Math.max(at + 4, last + ROW)
    return last
  })
  return sorted.flatMap(({ label, at }, n) => {
    const y = Math.min(pushed[n] ?? at, bottom - ROW * (sorted.length - 1 - n))
    return [lineFrom(left, at, right, at, 'rule'), text(right + 8, y, label)]
  })
}

/** Dashed lines up the plot, labelled above it; labels that would touch take rows of their own,
 * and none touches the unit of the y axis. */
export function marker(lines: Level[], { top, bottom, left, right }: Plot): string[] {
  const ends: number[] = []
  return lines.flatMap(({ label, at }) => {
    const half = widthOf(label) / 2
    const middle = Math.max(left + 16 + half, Math.min(right - half, at))
    const row = ends.findIndex((end) => end + 8 < middle - half)
    const free = row === -1 ? ends.length : row
    ends[free] = middle + half
    const y = top - 8 - ROW * free
    return [lineFrom(at, y + 4, at, bottom, 'rule'), text(middle, y, label, { anchor: 'middle' })]
  })
}

/** Dots for tasks: smaller where there are so many that they would hide each other. */
const sizeOf = (tasks: unknown[], usual: number) => (tasks.length > 500 ? 4 : usual)

const PERCENTILES = ['p50', 'p85', 'p95'] as const
const ROOM = 116

/** The place of an instant between the first and the last day in the reader's time zone. */
function timeScale({ from, to, tz }: Durations, { left, right }: Plot) {
  const days = bucketsOf(from, to, 'day').map(({ start }) => start)
  const width = (right - left) / days.length
  const clock = wallClock(tz)
  const xOf = (instant: string) => {
    const [day = from, hour = '0'] = clock.format(new Date(instant)).split(' ')
    return left + (daysBetween(from, day) + Number(hour.slice(0, 2)) / 24) * width
  }
  return { days, xOfDay: (n: number) => left + n * width, xOf }
}

/** Cycle and lead times: a dot per finished task, and the times that most stayed within. */
export function durationsPicture(report: Durations, kind: 'cycle' | 'lead'): string {
  const title = kind === 'cycle' ? 'Cycle time' : 'Lead time'
  const { tasks, count } = report
  const name = `${kind}-time`
  if (count === 0) return nothing(report, { name, title, desc: '' }, 'Nothing was finished in this period')
  const unit = unitOf(Math.max(report.p95 ?? 0, max(tasks, ({ hours }) => hours) ?? 0))
  const lines = PERCENTILES.map((key) => ({ key, value: (report[key] ?? 0) / unit.hours }))
  const said = lines.map(({ key, value }) => `${key} ${short(value)} ${unit.name}`).join(', ')
  const frame = {
    name,
    title,
    note: counted(count, 'task'),
    desc: `${counted(count, 'task')} finished; ${said}.`,
    legend: [{ label: 'A finished task', colour: 0, mark: 'dot' as const }],
  }
  return picture(report, frame, (top) => {
    const plot = plotAt(top, ROOM)
    const { days, xOfDay, xOf } = timeScale(report, plot)
    const y = upTo(max(tasks, ({ hours }) => hours / unit.hours) ?? 0, plot)
    const body = [
      ...yAxis(y, plot, `${title} in ${unit.name}`, false),
      dots(
        tasks.map(({ completed_at, hours }) => ({ x: xOf(completed_at), y: y(hours / unit.hours) })),
        sizeOf(tasks, 7),
        0,
      ),
      ...levels(
        lines.map(({ key, value }) => ({ label: `${key} ${short(value)} ${unit.name}`, at: y(value) })),
        plot,
      ),
      ...xDays(days, xOfDay, plot, 'Finished on'),
    ]
    return { body, height: heightOf(plot) }
  })
}

/** The places of columns' labels and of the dots of their tasks. */
function columnScale(names: Aging['names'], { left, right }: Plot) {
  const columns = Object.keys(names)
  const band = scaleBand().domain(columns).range([left, right]).padding(0.25)
  const start = (key: string) => band(key) ?? 0
  const labels = columns.map((key) => ({
    x: start(key) + band.bandwidth() / 2,
    label: shortened(own(names, key) ?? key, Math.max(64, band.step() - 10)),
  }))
  // The n-th task stands golden steps on: apart, but even.
  const xOf = (key: string, n: number) => start(key) + band.bandwidth() * (((n * 0.618) % 1) * 0.8 + 0.1)
  return { labels, xOf }
}

/** Age of what is begun, by column, against what is usual. */
export function agingPicture(report: Aging): string {
  const { tasks, p85, names } = report
  const [name, title, now] = ['aging', 'Work in progress by age', true] as const
  const risky = tasks.filter(({ at_risk }) => at_risk).length
  if (tasks.length === 0) return nothing(report, { name, title, now, desc: '' }, 'Nothing is begun and unfinished')
  const unit = unitOf(Math.max(p85 ?? 0, max(tasks, ({ hours }) => hours) ?? 0))
  const frame = {
    name,
    title,
    now,
    note: `${counted(tasks.length, 'task')}, ${risky} at risk`,
    desc: `${tasks.length} tasks are begun and unfinished, ${risky} of them older than 85 % of the finished ones were.`,
    legend: [
      { label: 'Begun', colour: 0, mark: 'dot' as const },
      { label: 'At risk: older than p85 of cycle time', colour: 4, mark: 'dot' as const },
    ],
  }
  return picture(report, frame, (top) => {
    const plot = plotAt(top, ROOM)
    const { labels, xOf } = columnScale(names, plot)
    const y = upTo(Math.max(p85 ?? 0, max(tasks, ({ hours }) => hours) ?? 0) / unit.hours, plot)
    const placed = tasks.map(({ status, hours, at_risk }, n) => ({
      x: xOf(status, n),
      y: y(hours / unit.hours),
      at_risk,
    }))
    const [risks, others] = [placed.filter(({ at_risk }) => at_risk), placed.filter(({ at_risk }) => !at_risk)]
    const usual =
      p85 === null ? [] : [{ label: `p85 ${short(p85 / unit.hours)} ${unit.name}`, at: y(p85 / unit.hours) }]
    const body = [
      ...yAxis(y, plot, `Age in ${unit.name}`, false),
      dots(others, sizeOf(tasks, 8), 0),
      dots(risks, sizeOf(tasks, 8), 4),
      ...levels(usual, plot),
      ...xLabels(labels, plot, 'Column'),
    ]
    return { body, height: heightOf(plot) }
  })
}
