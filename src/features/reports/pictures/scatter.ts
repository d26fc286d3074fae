import { max } from 'd3-array'
import { scaleBand } from 'd3-scale'
import { own } from '../../../lib/own.ts'
import { bucketsOf, daysBetween } from '../model/days.ts'
import type { Aging, Durations } from '../model/schema.ts'
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

const PERCENTILES = ['p50', 'p85', 'p95'] as const
const ROOM = 116

/** Cycle and lead times: a dot per finished task, and the times that most stayed within. */
export function durationsPicture(report: Durations, kind: 'cycle' | 'lead'): string {
  const title = kind === 'cycle' ? 'Cycle time' : 'Lead time'
  const { tasks, count, from, to, tz } = report
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
    const days = bucketsOf(from, to, 'day').map(({ start }) => start)
    const width = (plot.right - plot.left) / days.length
    const y = upTo(max(tasks, ({ hours }) => hours / unit.hours) ?? 0, plot)
    const clock = wallClock(tz)
    const at = (completed_at: string) => {
      const [day = from, hour = '0'] = clock.format(new Date(completed_at)).split(' ')
      return plot.left + (daysBetween(from, day) + Number(hour.slice(0, 2)) / 24) * width
    }
    const body = [
      ...yAxis(y, plot, `${title} in ${unit.name}`, false),
      dots(
        tasks.map(({ completed_at, hours }) => ({ x: at(completed_at), y: y(hours / unit.hours) })),
        tasks.length > 500 ? 4 : 7,
        0,
      ),
      ...levels(
        lines.map(({ key, value }) => ({ label: `${key} ${short(value)} ${unit.name}`, at: y(value) })),
        plot,
      ),
      ...xDays(days, (n) => plot.left + n * width, plot, 'Finished on'),
    ]
    return { body, height: heightOf(plot) }
  })
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
    const columns = Object.keys(names)
    const band = scaleBand().domain(columns).range([plot.left, plot.right]).padding(0.25)
    const y = upTo(Math.max(p85 ?? 0, max(tasks, ({ hours }) => hours) ?? 0) / unit.hours, plot)
    const spread = (task: Aging['tasks'][number], n: number) => ({
      x: (band(task.status) ?? 0) + band.bandwidth() * (((n * 0.618) % 1) * 0.8 + 0.1), // golden steps: apart, but even
      y: y(task.hours / unit.hours),
    })
    const drawn = (at_risk: boolean) =>
      tasks.map((task, n) => ({ ...spread(task, n), risk: task.at_risk })).filter(({ risk }) => risk === at_risk)
    const labels = columns.map((key) => ({
      x: (band(key) ?? 0) + band.bandwidth() / 2,
      label: shortened(own(names, key) ?? key, Math.max(64, band.step() - 10)),
    }))
    const usual =
      p85 === null ? [] : [{ label: `p85 ${short(p85 / unit.hours)} ${unit.name}`, at: y(p85 / unit.hours) }]
    const size = tasks.length > 500 ? 4 : 8
    const body = [
      ...yAxis(y, plot, `Age in ${unit.name}`, false),
      dots(drawn(false), size, 0),
      dots(drawn(true), size, 4),
    ]
    return { body: [...body, ...levels(usual, plot), ...xLabels(labels, plot, 'Column')], height: heightOf(plot) }
  })
}
