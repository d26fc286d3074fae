import type { ReportQuery } from './schema.ts'

type Interval = ReportQuery['interval']
/** Both days belong to it. */
export type Bucket = { start: string; end: string }

const DAY_MS = 86_400_000
const MONDAY = Date.UTC(1970, 0, 5)

const toMs = (day: string) => Date.parse(`${day}T00:00:00Z`)
/** Beyond it, dates are written longer and sort before all others: whoever counts up to one never ends. */
const LAST_MS = Date.UTC(9999, 11, 31)
const toDay = (ms: number) => new Date(Math.min(ms, LAST_MS)).toISOString().slice(0, 10)

/** A calendar date so many days later. Calendars know no hours: no time zone can get in the way. */
export const addDays = (day: string, days: number) => toDay(toMs(day) + days * DAY_MS)

/** Days from one date to another. */
export const daysBetween = (from: string, to: string) => Math.round((toMs(to) - toMs(from)) / DAY_MS)

/** 0 = Monday (ISO 8601). */
export const weekdayOf = (day: string) => ((((toMs(day) - MONDAY) / DAY_MS) % 7) + 7) % 7

function lastDayOf(day: string, interval: Interval): string {
  if (interval === 'week') return addDays(day, 6 - weekdayOf(day))
  if (interval === 'day') return day
  const date = new Date(toMs(day))
  return toDay(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0))
}

/** The days, weeks or months of a period, the first and the last cut to it. */
export function bucketsOf(from: string, to: string, interval: Interval): Bucket[] {
  const buckets: Bucket[] = []
  for (let start = from; start <= to; ) {
    const last = lastDayOf(start, interval)
    const end = last < to ? last : to
    buckets.push({ start, end })
    if (end === to) break // nothing need come after it: the calendar may end there
    start = addDays(end, 1)
  }
  return buckets
}

/** Groups what happened on days by bucket, in the order of the buckets. */
export function inBuckets<T extends { day: string }>(rows: T[], buckets: Bucket[]): T[][] {
  let next = 0
  return buckets.map(({ end }) => {
    const begin = next
    for (let row = rows[next]; row && row.day <= end; row = rows[next]) next += 1
    return rows.slice(begin, next)
  })
}
