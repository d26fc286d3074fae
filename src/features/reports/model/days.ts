import type { ReportQuery } from './schema.ts'

type Interval = ReportQuery['interval']
/** A span of days; `end` is its last day. */
export type Bucket = { start: string; end: string }

const DAY_MS = 86_400_000
const MONDAY = Date.UTC(1970, 0, 5)

const toMs = (day: string) => Date.parse(`${day}T00:00:00Z`)
const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** The date that is `days` later. Computed in UTC, where each day has 24 hours. */
export const addDays = (day: string, days: number) => toDay(toMs(day) + days * DAY_MS)

/** Days from one date to another. */
export const daysBetween = (from: string, to: string) => Math.round((toMs(to) - toMs(from)) / DAY_MS)

/** The weekday of a date: 0 is Monday (ISO 8601). */
export const weekdayOf = (day: string) => ((((toMs(day) - MONDAY) / DAY_MS) % 7) + 7) % 7

function lastDayOf(day: string, interval: Interval): string {
  if (interval === 'week') return addDays(day, 6 - weekdayOf(day))
  if (interval === 'day') return day
  const date = new Date(toMs(day))
  return toDay(date.setUTCMonth(date.getUTCMonth() + 1, 0)) // Date.UTC would take the year 99 for 1999
}

/** The days, weeks or months of a period, the first and the last cut to it. */
export function bucketsOf(from: string, to: string, interval: Interval): Bucket[] {
  const buckets: Bucket[] = []
  const until = toMs(to)
  // Compared in milliseconds: as text, the day after 9999-12-31 (`+010000-…`) would come before all others.
  for (let at = toMs(from); at <= until; ) {
    const last = Math.min(toMs(lastDayOf(toDay(at), interval)), until)
    buckets.push({ start: toDay(at), end: toDay(last) })
    at = last + DAY_MS
  }
  return buckets
}

/** Groups rows, which are sorted by day, by bucket: one list for each bucket. */
export function groupByBucket<T extends { day: string }>(rows: T[], buckets: Bucket[]): T[][] {
  let next = 0
  return buckets.map(({ end }) => {
    const begin = next
    for (let row = rows[next]; row && row.day <= end; row = rows[next]) next += 1
    return rows.slice(begin, next)
  })
}
