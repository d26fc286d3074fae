import { type Bucket, daysBetween, inBuckets } from './days.ts'
import type { Burn, CumulativeFlow, Throughput } from './schema.ts'
import type { BoardColumn, BurnDelta, ColumnDelta, Finished } from './sql/flow.ts'

/** Points that a moving average looks at: this one and those before it. */
const WINDOW = { day: 7, week: 4, month: 3 }

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
/** Sums of binary fractions, without the noise. */
const clean = (value: number) => Math.round(value * 1e6) / 1e6

type Plan = { start_date: string | null; due_date: string | null; today: string }

/** The share of a project's days that are over at the end of a day, 0 to 1; null without dates. */
function elapsed({ start_date, due_date }: Plan, day: string): number | null {
  if (start_date === null || due_date === null) return null
  const share = (daysBetween(start_date, day) + 1) / (daysBetween(start_date, due_date) + 1)
  return Math.min(1, Math.max(0, share))
}

/** What remains, what is done and what both would be if work were even, at the end of each bucket. */
export function burnPoints(kind: 'down' | 'up', deltas: BurnDelta[], buckets: Bucket[], plan: Plan): Burn['points'] {
  let [open, done, estimate] = [0, 0, 0]
  const states = inBuckets(deltas, buckets).map((changes, n) => {
    open += sum(changes.map((delta) => delta.open))
    done += sum(changes.map((delta) => delta.done))
    estimate += sum(changes.map((delta) => delta.estimate))
    return { ...(buckets[n] as Bucket), open, done, estimate: clean(estimate) }
  })
  const scope = open + done
  return states.map(({ start, end, open, done, estimate }) => {
    const share = elapsed(plan, end)
    const ideal = share === null ? null : clean(scope * (kind === 'down' ? 1 - share : share))
    if (start > plan.today)
      return { date: end, remaining: null, done: null, scope: null, remaining_estimate: null, ideal }
    return { date: end, remaining: open, done, scope: open + done, remaining_estimate: estimate, ideal }
  })
}

type Flow = Pick<CumulativeFlow, 'columns' | 'names' | 'categories' | 'points'>

/** Tasks in each column at the end of each bucket that has begun; deleted columns come last. */
export function flowPoints(columns: BoardColumn[], deltas: ColumnDelta[], buckets: Bucket[], today: string): Flow {
  const names: Flow['names'] = Object.fromEntries(columns.map(({ key, name }) => [key, name]))
  const categories: Flow['categories'] = Object.fromEntries(columns.map(({ key, category }) => [key, category]))
  for (const { key } of deltas) {
    names[key] ??= null
    categories[key] ??= null
  }
  const counts = Object.fromEntries(Object.keys(names).map((key) => [key, 0]))
  const begun = buckets.filter(({ start }) => start <= today)
  const points = inBuckets(deltas, begun).map((changes, n) => {
    for (const { key, n } of changes) counts[key] = (counts[key] ?? 0) + n
    return { date: (begun[n] as Bucket).end, counts: { ...counts } }
  })
  const shown = Object.keys(names).filter((key) => names[key] !== null || points.some(({ counts }) => counts[key]))
  const only = <T>(record: Record<string, T>) => Object.fromEntries(shown.map((key) => [key, record[key] as T]))
  return {
    columns: shown,
    names: only(names),
    categories: only(categories),
    points: points.map((point) => ({ ...point, counts: only(point.counts) })),
  }
}

/** Tasks finished in each bucket that has begun, and the trailing mean of a few. */
export function throughputPoints(
  finished: Finished[],
  buckets: Bucket[],
  interval: keyof typeof WINDOW,
  today: string,
): Throughput['points'] {
  const begun = buckets.filter(({ start }) => start <= today)
  const completed = inBuckets(finished, begun).map((days) => sum(days.map(({ n }) => n)))
  return begun.map(({ start }, n) => {
    const recent = completed.slice(Math.max(0, n + 1 - WINDOW[interval]), n + 1)
    return { start, completed: completed[n] ?? 0, moving_average: clean(sum(recent) / recent.length) }
  })
}
