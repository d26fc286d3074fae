/** Ranks as whole numbers of millionths: exact in a double, as Postgres's numeric is. */
const PLACES = 6
const ONE = 10 ** PLACES

export type Ranked = { rank: number }

export const rankText = (rank: number) => String(rank / ONE)

/** A rank below the last one of a column, as `task_rank` makes it. */
export const rankBelow = (lowest: number) => Math.floor(lowest / ONE) * ONE + 1024 * ONE

/** The shortest decimal between two ranks, as `rank_between` makes it; undefined when it needs more than six places. */
export function rankBetween(low: number, high: number): number | undefined {
  const middle = (low + high) / 2
  for (let unit = ONE; unit >= 1; unit /= 10) {
    const rounded = Math.floor(middle / unit + 0.5) * unit
    if (rounded > low && rounded < high) return rounded
  }
  return undefined
}

/** The index of `rank` in a sorted column, or the index at which it would be inserted. */
export function placeOf(column: readonly Ranked[], rank: number): number {
  let [low, high] = [0, column.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((column[middle]?.rank ?? 0) < rank) low = middle + 1
    else high = middle
  }
  return low
}
