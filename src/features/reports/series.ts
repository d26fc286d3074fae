import type { Burn, CumulativeFlow, Throughput } from './model/answers.ts'
import { addDays, type Bucket, daysBetween, groupByBucket } from './model/days.ts'
import type { BoardColumn, BurnFacts, ColumnDelta, Finished } from './sql/flow.ts'

/** How many points a moving average covers: the current one and those before it. */
const WINDOW = { day: 7, week: 4, month: 3 }

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
/** Rounds to 6 decimals, to remove the errors of binary fractions. */
const roundOff = (value: number) => Math.round(value * 1e6) / 1e6

/** The share (0 to 1) of the days after `from`, up to and including `until`, that are over at the end of `day`. */
const elapsedShare = (from: string, until: string, day: string) =>
  from >= until ? Number(day >= until) : Math.min(1, Math.max(0, daysBetween(from, day) / daysBetween(from, until)))

/** The ideal remaining work at the end of a day: null before work begins, and if either date is missing. */
function idealRemainingOf({ due_date, start_date, pace }: BurnFacts, day: string): number | null {
  if (start_date === null || due_date === null || pace === null || day < pace.day) return null
  return roundOff(pace.scope * (1 - elapsedShare(pace.day, due_date, day)))
}

/** The ideal done work at the end of a day: 0 before the start, `scope` on the due date; null if a date is missing. */
function idealDoneOf({ start_date, due_date }: BurnFacts, scope: number, day: string): number | null {
  if (start_date === null || due_date === null) return null
  return roundOff(scope * elapsedShare(addDays(start_date, -1), due_date, day))
}

/**
 * The points of a burn chart, at the end of each bucket: remaining and done work, and `ideal`, that of the remaining
 * work (`down`) or of the done work (`up`). Buckets that have not begun have only `ideal`.
 */
export function burnPointsOf(kind: 'down' | 'up', facts: BurnFacts, buckets: Bucket[], today: string): Burn['points'] {
  let [open, done, estimate] = [0, 0, 0]
  const states = groupByBucket(facts.deltas, buckets).map((changes, n) => {
    open += sum(changes.map((delta) => delta.open))
    done += sum(changes.map((delta) => delta.done))
    estimate = changes.at(-1)?.estimate ?? estimate
    return { ...(buckets[n] as Bucket), open, done, estimate }
  })
  return states.map(({ start, end, ...state }) => {
    const ideal = kind === 'down' ? idealRemainingOf(facts, end) : idealDoneOf(facts, open + done, end)
    if (start > today) return { date: end, remaining: null, done: null, scope: null, remaining_estimate: null, ideal }
    const scope = state.open + state.done
    return { date: end, remaining: state.open, done: state.done, scope, remaining_estimate: state.estimate, ideal }
  })
}

type Flow = Pick<CumulativeFlow, 'columns' | 'names' | 'categories' | 'points'>

/**
 * Tasks in each column at the end of each bucket that has begun; deleted columns come last. Users choose the keys:
 * hence a Map.
 */
export function flowPointsOf(columns: BoardColumn[], deltas: ColumnDelta[], buckets: Bucket[], today: string): Flow {
  const known = new Map<string, Omit<BoardColumn, 'key'> | null>(columns.map(({ key, ...column }) => [key, column]))
  for (const { key } of deltas) if (!known.has(key)) known.set(key, null)
  const counts = new Map([...known.keys()].map((key) => [key, 0]))
  const begun = buckets.filter(({ start }) => start <= today)
  const points = groupByBucket(deltas, begun).map((changes, n) => {
    for (const { key, n } of changes) counts.set(key, (counts.get(key) ?? 0) + n)
    return { date: (begun[n] as Bucket).end, counts: new Map(counts) }
  })
  const shown = [...known].filter(([key, column]) => column !== null || points.some(({ counts }) => counts.get(key)))
  const keys = shown.map(([key]) => key)
  return {
    columns: keys,
    names: Object.fromEntries(shown.map(([key, column]) => [key, column?.name ?? null])),
    categories: Object.fromEntries(shown.map(([key, column]) => [key, column?.category ?? null])),
    points: points.map(({ date, counts }) => ({
      date,
      counts: Object.fromEntries(keys.map((key) => [key, counts.get(key) ?? 0])),
    })),
  }
}

/** Tasks finished in each bucket that has begun, and the mean of the last few. */
export function throughputPointsOf(
  finished: Finished[],
  buckets: Bucket[],
  interval: keyof typeof WINDOW,
  today: string,
): Throughput['points'] {
  const begun = buckets.filter(({ start }) => start <= today)
  const completed = groupByBucket(finished, begun).map((days) => sum(days.map(({ n }) => n)))
  return begun.map(({ start }, n) => {
    const recent = completed.slice(Math.max(0, n + 1 - WINDOW[interval]), n + 1)
    return { start, completed: completed[n] ?? 0, moving_average: roundOff(sum(recent) / recent.length) }
  })
}
