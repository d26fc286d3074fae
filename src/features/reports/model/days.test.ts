import { expect, it } from 'vitest'
import { bucketsOf } from './days.ts'

/** The limits of the calendar. Ordinary days are tested with the reports. */

it('ends at 9999-12-31, the last day that the calendar supports', () => {
  expect(bucketsOf('9999-12-30', '9999-12-31', 'day')).toEqual([
    { start: '9999-12-30', end: '9999-12-30' },
    { start: '9999-12-31', end: '9999-12-31' },
  ])
})

it('ends each month on its last day, also in early years and leap years', () => {
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

it('shortens the first and the last week to the period, and returns nothing for an empty period', () => {
  expect(bucketsOf('2026-11-25', '2026-12-02', 'week')).toEqual([
    { start: '2026-11-25', end: '2026-11-29' },
    { start: '2026-11-30', end: '2026-12-02' },
  ])
  expect(bucketsOf('2026-11-26', '2026-11-25', 'day')).toEqual([])
})
