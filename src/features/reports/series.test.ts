import { expect, it } from 'vitest'
import { bucketsOf } from './model/days.ts'
import { burnPointsOf, flowPointsOf, throughputPointsOf } from './series.ts'

const week = bucketsOf('2026-01-05', '2026-01-09', 'day')

it('starts a burn-down with the scope of the first day, and gives future days no value', () => {
  const deltas = [
    { day: '2026-01-05', open: 4, done: 0, estimate: 8 },
    { day: '2026-01-07', open: -1, done: 1, estimate: 6 },
  ]
  const facts = { start_date: '2026-01-05', due_date: '2026-01-09', deltas, pace: { day: '2026-01-05', scope: 4 } }
  const points = burnPointsOf('down', facts, week, '2026-01-07')
  expect(points.map(({ remaining }) => remaining)).toEqual([4, 4, 3, null, null])
  expect(points.map(({ ideal }) => ideal)).toEqual([4, 3, 2, 1, 0])
  expect(points.map(({ scope }) => scope)).toEqual([4, 4, 4, null, null])
})

it('returns no ideal line without dates', () => {
  const facts = { start_date: null, due_date: null, deltas: [], pace: null }
  expect(burnPointsOf('up', facts, week, '2026-01-09').every(({ ideal }) => ideal === null)).toBe(true)
})

it('counts each column at the end of each day, with deleted columns that held tasks last', () => {
  const columns = [{ key: 'constructor', name: 'Built', category: 'todo' as const }]
  const deltas = [
    { day: '2026-01-05', key: 'gone', n: 2 },
    { day: '2026-01-06', key: 'gone', n: -2 },
    { day: '2026-01-06', key: 'constructor', n: 2 },
  ]
  const { columns: keys, names, points } = flowPointsOf(columns, deltas, week.slice(0, 2), '2026-01-09')
  expect(keys).toEqual(['constructor', 'gone'])
  expect(names).toEqual({ constructor: 'Built', gone: null })
  expect(points.map(({ counts }) => [counts.constructor, counts.gone])).toEqual([
    [0, 2],
    [2, 0],
  ])
})

it('averages over seven days, or over the days so far in the first week', () => {
  const finished = [
    { day: '2026-01-05', n: 3 },
    { day: '2026-01-07', n: 1 },
  ]
  const points = throughputPointsOf(finished, week, 'day', '2026-01-08')
  expect(points.map(({ completed }) => completed)).toEqual([3, 0, 1, 0])
  expect(points.map(({ moving_average }) => moving_average)).toEqual([3, 1.5, 1.333333, 1])
})
