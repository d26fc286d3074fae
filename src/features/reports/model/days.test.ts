import { expect, it } from 'vitest'
import { bucketsOf } from './days.ts'

/** Calendars at their edges; what reports make of ordinary days is in the tests of reports. */

it('ends with the last day that has four digits', () => {
  expect(bucketsOf('9999-12-30', '9999-12-31', 'day')).toEqual([
    { start: '9999-12-30', end: '9999-12-30' },
    { start: '9999-12-31', end: '9999-12-31' },
  ])
})

it('knows the months of early years, and leap days', () => {
  expect(bucketsOf('0099-12-15', '0100-01-02', 'month')).toEqual([
    { start: '0099-12-15', end: '0099-12-31' },
    { start: '0100-01-01', end: '0100-01-02' },
  ])
  expect(bucketsOf('2024-01-31', '2024-03-01', 'month').map(({ end }) => end)).toEqual([
    '2024-01-31',
    '2024-02-29',
    '2024-03-01',
  ])
})

it('cuts the first and the last week, and has none of nothing', () => {
  expect(bucketsOf('2026-11-25', '2026-12-02', 'week')).toEqual([
    { start: '2026-11-25', end: '2026-11-29' },
    { start: '2026-11-30', end: '2026-12-02' },
  ])
  expect(bucketsOf('2026-11-26', '2026-11-25', 'day')).toEqual([])
})
