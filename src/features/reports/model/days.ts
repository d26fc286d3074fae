import type { ReportQuery } from './schema.ts'

type Interval = ReportQuery['interval']
/** Both days belong to it. */
export type Bucket = { start: string; end: string }

const DAY_MS = 86_400_000
const MONDAY = Date.UTC(1970, 0, 5)

const toMs = (day: string) => Date.parse(`${day}T00:00:00Z`)
const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)

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
  return toDay(date.setUTCMonth(date.getUTCMonth() + 1, 0)) // Date.UTC would take the year 99 for 1999
}

/** The days, weeks or months of a period, the first and the last cut to it. */
export function bucketsOf(from: string, to: string, interval: Interval): Bucket[] {
  const buckets: Bucket[] = []
  const until = toMs(to)
  // In milliseconds: the day after 9999-12-31 has a sign, and as text comes before all others, for ever.
  for (let at = toMs(from); at <= until; ) {
    const last = Math.min(toMs(lastDayOf(toDay(at), interval)), until)
    buckets.push({ start: toDay(at), end: toDay(last) })
    at = last + DAY_MS
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
