/** Runs of each forecast. */
export const RUNS = 10_000
/** Days that a run looks ahead at most: beyond, a guess from the past means nothing. */
export const HORIZON = 1_096

/** Even numbers in [0, 1) from a seed (mulberry32, Tommy Ettinger, public domain). */
function diceOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** One run: a day of the past, drawn at random, for each day to come. */
function daysUntil(items: number, past: readonly number[], dice: () => number): number {
  let [days, left] = [0, items]
  while (left > 0 && days < HORIZON) {
    left -= past[Math.floor(dice() * past.length)] ?? 0
    days += 1
  }
  return left > 0 ? Number.POSITIVE_INFINITY : days
}

function doneWithin(days: number, past: readonly number[], dice: () => number): number {
  let done = 0
  for (let day = 0; day < days; day += 1) done += past[Math.floor(dice() * past.length)] ?? 0
  return done
}

const simulate = (run: () => number) => Float64Array.from({ length: RUNS }, run).sort()

/** The outcome that so many of the runs stayed at or below; a real outcome, never one in between. */
const within = (outcomes: Float64Array, share: number) => outcomes[Math.ceil(outcomes.length * share) - 1] ?? 0

export type Outcomes = { p50: number; p85: number; p95: number; all: Float64Array }

/**
 * Days until `items` are done, as 50, 85 and 95 % of the runs had it (Infinity: not within the
 * horizon). `past` holds the tasks finished on each day of the past. A past without a finished
 * task promises nothing.
 */
export function forecastDays(items: number, past: readonly number[], seed: number): Outcomes {
  const dice = diceOf(seed)
  const hopeless = items > 0 && !past.some((n) => n > 0)
  const all = simulate(() => (hopeless ? Number.POSITIVE_INFINITY : daysUntil(items, past, dice)))
  return { p50: within(all, 0.5), p85: within(all, 0.85), p95: within(all, 0.95), all }
}

/** How many tasks are done within `days`: at least so many in 50, 85 and 95 % of the runs. */
export function forecastCount(days: number, past: readonly number[], seed: number): Outcomes {
  const dice = diceOf(seed)
  const all = simulate(() => doneWithin(days, past, dice))
  const atLeast = (share: number) => all[RUNS - Math.ceil(RUNS * share)] ?? 0
  return { p50: atLeast(0.5), p85: atLeast(0.85), p95: atLeast(0.95), all }
}

/** How often each value occurs, in ascending order of the values. */
export function tallyOf(all: Float64Array): [value: number, runs: number][] {
  const counts = new Map<number, number>()
  for (const value of all) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
}
