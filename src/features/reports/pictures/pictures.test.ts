import {
  type Color,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  formatHex,
  parse,
  wcagContrast,
} from 'culori'
import { describe, expect, it } from 'vitest'
import type { CumulativeFlow, Envelope } from '../model/answers.ts'
import { drawFlow } from './bands.ts'
import { drawOverview } from './rows.ts'
import { drawAging, drawMarkers } from './scatter.ts'
import { STYLE } from './style.ts'
import { shorten, widthOf } from './svg.ts'

/** Faults that pictures once had. */

/** A CSS colour as people with each kind of colour blindness see it, at its strongest, and as others do. */
const SIGHTS: [string, (colour: Color) => Color][] = [
  ['of most people', (colour) => colour],
  ['without red cones', filterDeficiencyProt(1)],
  ['without green cones', filterDeficiencyDeuter(1)],
  ['without blue cones', filterDeficiencyTrit(1)],
]

const differenceOf = differenceCiede2000()

describe.each([
  ['light', STYLE.slice(0, STYLE.indexOf('@media'))],
  ['dark', STYLE.slice(STYLE.indexOf('@media'))],
])('the %s style', (_, style) => {
  const fill = (name: string) => new RegExp(`\\.${name}\\{fill:(#\\w{6})`).exec(style)?.[1] as string

  it('has text with enough contrast to the background (AA, 4.5:1)', () => {
    for (const name of ['ink', 'dim']) expect(wcagContrast(fill(name), fill('bg'))).toBeGreaterThan(4.5)
  })

  const colours = Array.from({ length: 9 }, (_, n) => fill(`f${n}`))

  it('has colours with enough contrast to the background (3:1)', () => {
    for (const colour of colours) expect(wcagContrast(colour, fill('bg'))).toBeGreaterThan(3)
  })

  it.each(SIGHTS)('has colours that can be distinguished by an eye %s', (_, seen) => {
    const shown = colours.map((colour) => seen(parse(colour) as Color))
    for (const [n, one] of shown.entries())
      for (const other of shown.slice(n + 1))
        expect(differenceOf(one, other), `${formatHex(one)} ${formatHex(other)}`).toBeGreaterThan(9)
  })
})

describe('a label that is too long for its place', () => {
  it('is cut between whole characters, and then fits', () => {
    const family = '👩‍👩‍👧‍👦'
    for (const text of [
      'W'.repeat(40),
      'מחלקת פיתוח תוכנה '.repeat(4),
      family.repeat(40),
      'ก็'.repeat(60),
      'e\u0301'.repeat(60),
    ])
      for (const width of [30, 64, 101, 160]) {
        const cut = shorten(text, width)
        expect(widthOf(cut)).toBeLessThanOrEqual(width)
        expect(cut.endsWith('…')).toBe(true)
        expect(text.startsWith(cut.slice(0, -1).trimEnd())).toBe(true)
        expect(cut).not.toMatch(/\u200d…|[\ud800-\udbff]…/)
      }
    expect(shorten(family.repeat(2), 100)).toBe(family.repeat(2))
    expect(shorten('e\u0301e\u0301e\u0301', 20)).toBe('e\u0301…')
  })
})

const envelopeOf = (from: string, to: string): Envelope => ({
  project_id: null,
  project_name: null,
  from,
  to,
  tz: 'UTC',
  interval: 'day',
  seq: 1,
  generated_at: new Date(0).toISOString(),
})

function flowOf(count: number): CumulativeFlow {
  const categories = ['backlog', 'todo', 'in_progress', 'review', 'done', 'done'] as const
  const columns = Array.from({ length: count }, (_, n) => `c${n}`)
  const of = <T>(value: (n: number) => T) => Object.fromEntries(columns.map((key, n) => [key, value(n)]))
  const days = Array.from({ length: 1100 }, (_, n) => new Date(n * 86_400_000).toISOString().slice(0, 10))
  return {
    ...envelopeOf(days[0] as string, days.at(-1) as string),
    columns,
    names: of((n) => (n === 5 ? null : `Column ${n}`)),
    categories: of((n) => (n === 5 ? null : (categories[n % 6] as (typeof categories)[number]))),
    points: days.map((date, day) => ({ date, counts: of((n) => day * n) })),
  }
}
const bandsOf = (svg: string) => [...svg.matchAll(/<path d="[^"]+" class="f(\d) gap"/g)].map(([, colour]) => colour)

describe('a cumulative flow', () => {
  it('gives each column its own colour, and the category done the same colour on every board', () => {
    const colours = bandsOf(drawFlow(flowOf(6))) // the last column at the bottom
    expect(new Set(colours).size).toBe(6)
    expect(colours[1]).toBe('2')
  })

  it('groups columns by category when there are more columns than colours, and keeps the picture small', () => {
    const svg = drawFlow(flowOf(50))
    expect(bandsOf(svg)).toHaveLength(6)
    expect(svg).toContain('>Done (15 columns)</text>')
    expect(svg).toContain('>Deleted (1 column)</text>')
    expect(svg.length).toBeLessThan(100_000)
  })
})

it('places marks above a plot without overlaps, and beside the unit of the axis', () => {
  const marks = drawMarkers(
    ['50 %', '85 %', '95 %'].map((label) => ({ label, at: 73 })),
    { left: 72, right: 736, top: 100, bottom: 360 },
  )
  const labels = marks.filter((mark) => mark.startsWith('<text'))
  const at = labels.map(
    (mark) => [/x="([\d.]+)"/.exec(mark)?.[1], /y="([\d.]+)"/.exec(mark)?.[1]].map(Number) as [number, number],
  )
  expect(new Set(at.map(([, y]) => y)).size).toBe(3)
  for (const [x] of at) expect(x - widthOf('50 %') / 2).toBeGreaterThanOrEqual(24 + widthOf('% of runs'))
})

it('says how many tasks and projects there are, if only some are in the report', () => {
  const envelope = envelopeOf('2026-01-01', '2026-01-31')
  const task = { task_id: '1', number: 'A-1', title: 'Begun', status: 'doing', hours: 1, at_risk: false }
  const aging = { ...envelope, p85: null, names: { doing: 'Doing' }, tasks: [task] }
  expect(drawAging(aging)).toContain('1 task, 0 at risk')
  expect(drawAging({ ...aging, task_count: 7 })).toContain('1 task (the oldest of 7), 0 at risk')
  const project = {
    id: '1',
    key: 'A',
    name: 'A',
    percent: 0,
    overdue: 0,
    health: 'empty',
    last_activity_at: null,
  } as const
  const overview = { ...envelope, projects: Array(60).fill(project) }
  expect(drawOverview(overview)).toContain('and 10 more')
  expect(drawOverview({ ...overview, project_count: 600 })).toContain('and 550 more')
})
