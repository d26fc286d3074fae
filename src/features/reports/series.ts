import type { Burn, CumulativeFlow, Throughput } from './model/answers.ts'
import { addDays, type Bucket, daysBetween, inBuckets } from './model/days.ts'
import type { BoardColumn, Burn as BurnFacts, ColumnDelta, Finished } from './sql/flow.ts'

/** Points that a moving average looks at: this one and those before it. */
const WINDOW = { day: 7, week: 4, month: 3 }

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
/** Sums of binary fractions, without the noise. */
const clean = (value: number) => Math.round(value * 1e6) / 1e6

/** The share of the days between two that are over at the end of a day, 0 to 1. */
const elapsed = (from: string, until: string, day: string) =>
  from >= until ? Number(day >= until) : Math.min(1, Math.max(0, daysBetween(from, day) / daysBetween(from, until)))

/** The ideal remaining work at the end of a day: null before work begins. */
function evenRest({ due_date, start_date, pace }: BurnFacts, day: string): number | null {
  if (start_date === null || due_date === null || pace === null || day < pace.day) return null
  return clean(pace.scope * (1 - elapsed(pace.day, due_date, day)))
}

/** The ideal done work: from nothing at the end of the day before the first, to the scope as it is in the end. */
function evenDone({ start_date, due_date }: BurnFacts, scope: number, day: string): number | null {
  if (start_date === null || due_date === null) return null
  return clean(scope * elapsed(addDays(start_date, -1), due_date, day))
}

/** Remaining and done work, and the ideal of both, at the end of each bucket. */
export function burnPoints(kind: 'down' | 'up', facts: BurnFacts, buckets: Bucket[], today: string): Burn['points'] {
  let [open, done, estimate] = [0, 0, 0]
  const states = inBuckets(facts.deltas, buckets).map((changes, n) => {
    open += sum(changes.map((delta) => delta.open))
    done += sum(changes.map((delta) => delta.done))
    estimate = changes.at(-1)?.estimate ?? estimate
    return { ...(buckets[n] as Bucket), open, done, estimate }
  })
  return states.map(({ start, end, ...state }) => {
    const ideal = kind === 'down' ? evenRest(facts, end) : evenDone(facts, open + done, end)
    if (start > today) return { date: end, remaining: null, done: null, scope: null, remaining_estimate: null, ideal }
    const scope = state.open + state.done
    return { date: end, remaining: state.open, done: state.done, scope, remaining_estimate: state.estimate, ideal }
  })
}

type Flow = Pick<CumulativeFlow, 'columns' | 'names' | 'categories' | 'points'>

/** Tasks in each column at the end of each bucket that has begun; deleted columns come last. Keys are anybody's words: hence a Map. */
export function flowPoints(columns: BoardColumn[], deltas: ColumnDelta[], buckets: Bucket[], today: string): Flow {
  const known = new Map<string, Omit<BoardColumn, 'key'> | null>(columns.map(({ key, ...column }) => [key, column]))
  for (const { key } of deltas) if (!known.has(key)) known.set(key, null)
  const counts = new Map([...known.keys()].map((key) => [key, 0]))
  const begun = buckets.filter(({ start }) => start <= today)
  const points = inBuckets(deltas, begun).map((changes, n) => {
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
