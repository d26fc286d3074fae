/** Simulated runs of each forecast. */
export const RUNS = 10_000
/** A run looks at most this many days ahead (3 years): later results would mean nothing. */
export const HORIZON_DAYS = 1_096

/** Random numbers, uniform in [0, 1), from a seed (mulberry32, Tommy Ettinger, public domain). */
function diceOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * One run: draws a past day at random for each day to come, until `tasks` are done. Returns the days it took; Infinity
 * if not within HORIZON_DAYS.
 */
function simulateDays(tasks: number, past: readonly number[], dice: () => number): number {
  let [days, left] = [0, tasks]
  while (left > 0 && days < HORIZON_DAYS) {
    left -= past[Math.floor(dice() * past.length)] ?? 0
    days += 1
  }
  return left > 0 ? Number.POSITIVE_INFINITY : days
}

/** One run: draws a past day at random for each of `days`, and returns how many tasks are done then. */
function simulateCount(days: number, past: readonly number[], dice: () => number): number {
  let done = 0
  for (let day = 0; day < days; day += 1) done += past[Math.floor(dice() * past.length)] ?? 0
  return done
}

const simulate = (run: () => number) => Float64Array.from({ length: RUNS }, run).sort()

/** The outcome that a share (0 to 1) of the runs did not exceed: an outcome of a run, not interpolated. */
const quantileOf = (outcomes: Float64Array, share: number) => outcomes[Math.ceil(outcomes.length * share) - 1] ?? 0

export type Outcomes = { p50: number; p85: number; p95: number; all: Float64Array }

/**
 * The days within which 50, 85 and 95 % of the runs finished `tasks` (Infinity: not within HORIZON_DAYS, or `past` has
 * no finished task). `past`: the number of tasks finished on each past day.
 */
export function forecastDays(tasks: number, past: readonly number[], seed: number): Outcomes {
  const dice = diceOf(seed)
  const hopeless = tasks > 0 && !past.some((n) => n > 0)
  const all = simulate(() => (hopeless ? Number.POSITIVE_INFINITY : simulateDays(tasks, past, dice)))
  return { p50: quantileOf(all, 0.5), p85: quantileOf(all, 0.85), p95: quantileOf(all, 0.95), all }
}

/** The numbers of tasks that 50, 85 and 95 % of the runs finished at least within `days`. */
export function forecastCount(days: number, past: readonly number[], seed: number): Outcomes {
  const dice = diceOf(seed)
  const all = simulate(() => simulateCount(days, past, dice))
  const atLeast = (share: number) => all[RUNS - Math.ceil(RUNS * share)] ?? 0
  return { p50: atLeast(0.5), p85: atLeast(0.85), p95: atLeast(0.95), all }
}

/** How often each value of a sorted array occurs, in the same order. */
export function tallyOf(all: Float64Array): [value: number, runs: number][] {
  const counts = new Map<number, number>()
  for (const value of all) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
}
