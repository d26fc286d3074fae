import { max } from 'd3-array'
import { scaleBand } from 'd3-scale'
import { ownValue } from '../../../lib/own-value.ts'
import type { Aging, Durations } from '../model/answers.ts'
import { bucketsOf, daysBetween } from '../model/days.ts'
import { drawXDays, drawXLabels, drawYAxis, heightOf, type Plot, plotAt, yScaleOf } from './axes.ts'
import { drawEmpty, drawPicture, wallClockOf } from './frame.ts'
import { countOf, drawLine, drawText, el, round, shorten, widthOf } from './svg.ts'

type Dot = { x: number; y: number }

/** All dots as one path with round caps: even thousands of them make a small file. */
const drawDots = (all: Dot[], size: number, colour: number) =>
  el('path', {
    d: all.map(({ x, y }) => `M${round(x)} ${round(y)}h0`).join(''),
    class: `dots s${colour}`,
    'stroke-width': size,
    opacity: 0.8,
  })

/** The unit in which times up to `most` hours read best. */
export const unitOf = (most: number) => (most <= 48 ? { name: 'hours', hours: 1 } : { name: 'days', hours: 24 })
export const formatTime = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))

/** Pixels from one label to the next below it. */
const ROW_HEIGHT = 15

type Level = { label: string; at: number }

/** Dashed lines across the plot, labelled at its right; labels that would touch are moved apart. */
function drawLevels(lines: Level[], { left, right, top, bottom }: Plot): string[] {
  const sorted = lines.toSorted((a, b) => a.at - b.at)
  let last = top - ROW_HEIGHT
  const pushed = sorted.map(({ at }) => {
    last = Math.max(at + 4, last + ROW_HEIGHT)
    return last
  })
  return sorted.flatMap(({ label, at }, n) => {
    const y = Math.min(pushed[n] ?? at, bottom - ROW_HEIGHT * (sorted.length - 1 - n))
    return [drawLine(left, at, right, at, 'rule'), drawText(right + 8, y, label)]
  })
}

/** Dashed lines up the plot, labelled above it; labels that would touch take rows of their own,
 * and none touches the unit of the y axis. */
export function drawMarkers(lines: Level[], { top, bottom, left, right }: Plot): string[] {
  const ends: number[] = []
  return lines.flatMap(({ label, at }) => {
    const half = widthOf(label) / 2
    const middle = Math.max(left + 16 + half, Math.min(right - half, at))
    const row = ends.findIndex((end) => end + 8 < middle - half)
    const free = row === -1 ? ends.length : row
    ends[free] = middle + half
    const y = top - 8 - ROW_HEIGHT * free
    return [drawLine(at, y + 4, at, bottom, 'rule'), drawText(middle, y, label, { anchor: 'middle' })]
  })
}

/** Dots for tasks: smaller where there are so many that they would hide each other. */
const sizeOf = (tasks: unknown[], usual: number) => (tasks.length > 500 ? 4 : usual)

const PERCENTILES = ['p50', 'p85', 'p95'] as const
const LABEL_WIDTH = 116

/** The place of an instant between the first and the last day in the reader's time zone. */
function timeScaleOf({ from, to, tz }: Durations, { left, right }: Plot) {
  const days = bucketsOf(from, to, 'day').map(({ start }) => start)
  const width = (right - left) / days.length
  const clock = wallClockOf(tz)
  const xOf = (instant: string) => {
    const [day = from, hour = '0'] = clock.format(new Date(instant)).split(' ')
    return left + (daysBetween(from, day) + Number(hour.slice(0, 2)) / 24) * width
  }
  return { days, xOfDay: (n: number) => left + n * width, xOf }
}

/** Cycle and lead times: a dot for each finished task, and a line for each percentile. */
export function drawDurations(report: Durations, kind: 'cycle' | 'lead'): string {
  const title = kind === 'cycle' ? 'Cycle time' : 'Lead time'
  const { tasks, count } = report
  const name = `${kind}-time`
  if (count === 0) return drawEmpty(report, { name, title, desc: '' }, 'Nothing was finished in this period')
  const unit = unitOf(Math.max(report.p95 ?? 0, max(tasks, ({ hours }) => hours) ?? 0))
  const lines = PERCENTILES.map((key) => ({ key, value: (report[key] ?? 0) / unit.hours }))
  const said = lines.map(({ key, value }) => `${key} ${formatTime(value)} ${unit.name}`).join(', ')
  const frame = {
    name,
    title,
    note: countOf(count, 'task'),
    desc: `${countOf(count, 'task')} finished; ${said}.`,
    legend: [{ label: 'A finished task', colour: 0, mark: 'dot' as const }],
  }
  return drawPicture(report, frame, (top) => {
    const plot = plotAt(top, LABEL_WIDTH)
    const { days, xOfDay, xOf } = timeScaleOf(report, plot)
    const y = yScaleOf(max(tasks, ({ hours }) => hours / unit.hours) ?? 0, plot)
    const body = [
      ...drawYAxis(y, plot, `${title} in ${unit.name}`, false),
      drawDots(
        tasks.map(({ completed_at, hours }) => ({ x: xOf(completed_at), y: y(hours / unit.hours) })),
        sizeOf(tasks, 7),
        0,
      ),
      ...drawLevels(
        lines.map(({ key, value }) => ({ label: `${key} ${formatTime(value)} ${unit.name}`, at: y(value) })),
        plot,
      ),
      ...drawXDays(days, xOfDay, plot, 'Finished on'),
    ]
    return { body, height: heightOf(plot) }
  })
}

/** The places of columns' labels and of the dots of their tasks. */
function columnScaleOf(names: Aging['names'], { left, right }: Plot) {
  const columns = Object.keys(names)
  const band = scaleBand().domain(columns).range([left, right]).padding(0.25)
  const start = (key: string) => band(key) ?? 0
  const labels = columns.map((key) => ({
    x: start(key) + band.bandwidth() / 2,
    label: shorten(ownValue(names, key) ?? key, Math.max(64, band.step() - 10)),
  }))
  // Multiples of the golden ratio place tasks apart from each other, and evenly.
  const xOf = (key: string, n: number) => start(key) + band.bandwidth() * (((n * 0.618) % 1) * 0.8 + 0.1)
  return { labels, xOf }
}

/** The age of tasks in progress, by column, with p85 of the cycle times. */
export function drawAging(report: Aging): string {
  const { tasks, p85, names } = report
  const [name, title, now] = ['aging', 'Work in progress by age', true] as const
  const risky = tasks.filter(({ at_risk }) => at_risk).length
  if (tasks.length === 0) return drawEmpty(report, { name, title, now, desc: '' }, 'Nothing is begun and unfinished')
  const unit = unitOf(Math.max(p85 ?? 0, max(tasks, ({ hours }) => hours) ?? 0))
  const cut = report.task_count === undefined ? '' : ` (the oldest of ${report.task_count})`
  const shown = `${countOf(tasks.length, 'task')}${cut}`
  const frame = {
    name,
    title,
    now,
    note: `${shown}, ${risky} at risk`,
    desc: `Begun and unfinished: ${shown}. Older than 85 % of the finished ones were: ${risky}.`,
    legend: [
      { label: 'Begun', colour: 0, mark: 'dot' as const },
      { label: 'At risk: older than p85 of cycle time', colour: 4, mark: 'dot' as const },
    ],
  }
  return drawPicture(report, frame, (top) => {
    const plot = plotAt(top, LABEL_WIDTH)
    const { labels, xOf } = columnScaleOf(names, plot)
    const y = yScaleOf(Math.max(p85 ?? 0, max(tasks, ({ hours }) => hours) ?? 0) / unit.hours, plot)
    const placed = tasks.map(({ status, hours, at_risk }, n) => ({
      x: xOf(status, n),
      y: y(hours / unit.hours),
      at_risk,
    }))
    const [risks, others] = [placed.filter(({ at_risk }) => at_risk), placed.filter(({ at_risk }) => !at_risk)]
    const usual =
      p85 === null ? [] : [{ label: `p85 ${formatTime(p85 / unit.hours)} ${unit.name}`, at: y(p85 / unit.hours) }]
    const body = [
      ...drawYAxis(y, plot, `Age in ${unit.name}`, false),
      drawDots(others, sizeOf(tasks, 8), 0),
      drawDots(risks, sizeOf(tasks, 8), 4),
      ...drawLevels(usual, plot),
      ...drawXLabels(labels, plot, 'Column'),
    ]
    return { body, height: heightOf(plot) }
  })
}
