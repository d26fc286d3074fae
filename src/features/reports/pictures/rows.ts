import { max } from 'd3-array'
import { ownValue } from '../../../lib/own-value.ts'
import { percentOf } from '../../../lib/percent.ts'
import type { Overview, Summary, TimeInColumn, Workload } from '../model/answers.ts'
import { drawBarPicture, MAX_ROWS } from './bars.ts'
import { drawEmpty, type LegendItem } from './frame.ts'
import { formatTime, unitOf } from './scatter.ts'
import { wordsOf } from './svg.ts'

const boxOf = (label: string, colour: number): LegendItem => ({ label, colour, mark: 'box' })

/** The hours or days within which 50 and 85 % of the stays in each column were. */
export function drawTimeInColumn(report: TimeInColumn): string {
  const frame = {
    name: 'time-in-column',
    title: 'Time in column',
    desc: '',
    legend: [boxOf('Half of the stays were within (p50)', 0), boxOf('85 % were within (p85)', 1)],
  }
  if (report.columns.every(({ count }) => count === 0))
    return drawEmpty(report, frame, 'No task left a column in this period')
  const unit = unitOf(max(report.columns, ({ p85 }) => p85 ?? 0) ?? 0)
  const rows = report.columns.map(({ key, name, count, p50, p85 }) => {
    const [half, most] = [(p50 ?? 0) / unit.hours, (p85 ?? 0) / unit.hours]
    const said = count === 0 ? 'no stays' : `${formatTime(half)} / ${formatTime(most)} · ${count}×`
    return {
      label: name ?? `${wordsOf(key)} (deleted)`,
      parts: [
        { value: half, colour: 0 },
        { value: most, colour: 1 },
      ],
      said,
    }
  })
  const desc = `Time that tasks stayed, p50 / p85 in ${unit.name}: ${rows.map(({ label, said }) => `${label} ${said}`).join(', ')}.`
  return drawBarPicture(
    report,
    { ...frame, desc },
    { rows, unit: `Time in ${unit.name}`, stacked: false, whole: false },
  )
}

/** The open work of each member. */
export function drawWorkload(report: Workload): string {
  const frame = {
    name: 'workload',
    title: 'Workload',
    now: true as const,
    desc: '',
    legend: [boxOf('In progress', 0), boxOf('Not started', 8)],
  }
  if (report.assignees.every(({ open }) => open === 0)) return drawEmpty(report, frame, 'No open tasks')
  const busiest = report.assignees.toSorted((a, b) => b.open - a.open)
  const shown = busiest.length > MAX_ROWS ? busiest : report.assignees
  const rows = shown.map(({ name, open, in_progress, overdue }) => ({
    label: name ?? 'Unassigned',
    parts: [
      { value: in_progress, colour: 0 },
      { value: open - in_progress, colour: 8 },
    ],
    said: `${open} open${overdue > 0 ? `, ${overdue} overdue` : ''}`,
  }))
  const desc = `Open tasks: ${rows.map(({ label, said }) => `${label} ${said}`).join('; ')}.`
  return drawBarPicture(report, { ...frame, desc }, { rows, unit: 'Tasks', stacked: true })
}

/** Tasks by column, and the most important numbers below the title. */
export function drawSummary(report: Summary): string {
  const { total, done, percent, overdue, due_soon, created, completed } = report
  const said = `${done} of ${total} done (${percent} %), ${overdue} overdue, ${due_soon} due soon`
  const trend = `In this period ${created.current} created and ${completed.current} finished; in the one before ${created.previous} and ${completed.previous}`
  const frame = {
    name: 'summary',
    title: 'Summary',
    note: total === 0 ? undefined : said,
    more: trend,
    desc: `${said}. ${trend}.`,
  }
  if (total === 0) return drawEmpty(report, frame, 'No tasks yet')
  const rows = Object.entries(report.by_status).map(([key, value]) => ({
    label: ownValue(report.names, key) ?? key,
    parts: [{ value, colour: 0 }],
    said: `${value} (${percentOf(value, total, 0)} %)`,
  }))
  return drawBarPicture(report, frame, { rows, unit: 'Tasks by column', stacked: true })
}

const HEALTH = {
  done: { colour: 2, label: 'Done' },
  on_track: { colour: 0, label: 'On track' },
  at_risk: { colour: 1, label: 'At risk' },
  late: { colour: 4, label: 'Late' },
  empty: { colour: 8, label: 'No tasks' },
} as const

/** The share of each project that is done, in the colour of its health. */
export function drawOverview(report: Overview): string {
  const present = Object.entries(HEALTH).filter(([health]) =>
    report.projects.some((project) => project.health === health),
  )
  const frame = {
    name: 'overview',
    title: 'Projects',
    desc: '',
    legend: present.map(([, { colour, label }]) => boxOf(label, colour)),
  }
  if (report.projects.length === 0) return drawEmpty(report, frame, 'No projects')
  const rows = report.projects.map(({ name, percent, overdue, health }) => ({
    label: name,
    parts: [{ value: percent, colour: HEALTH[health].colour }],
    said: `${HEALTH[health].label}${health === 'empty' ? '' : ` · ${percent} %`}${overdue > 0 ? ` · ${overdue} overdue` : ''}`,
  }))
  const desc = `Done, in percent: ${rows.map(({ label, said }) => `${label} ${said}`).join('; ')}.`
  return drawBarPicture(
    report,
    { ...frame, desc },
    { rows, of: report.project_count, unit: '% done', stacked: true, most: 100 },
  )
}
