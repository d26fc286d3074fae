const HOUR = 3_600_000
const DAY = 24 * HOUR
const [OPENS, CLOSES] = [8 * HOUR, 18 * HOUR]

/**
 * Returns a function from a share (0…1) of a team's working time to an instant, in ms since 1970. The
 * team works Monday to Friday, 8 to 18 UTC, on the `days` before `until` (ms, a midnight).
 */
export function workingHours(until: number, days: number): (share: number) => number {
  const mornings = Array.from({ length: days }, (_, n) => until - (days - n) * DAY + OPENS).filter(
    (at) => new Date(at).getUTCDay() % 6 !== 0,
  )
  const length = CLOSES - OPENS
  return (share) => {
    const worked = share * mornings.length * length
    const day = Math.min(Math.floor(worked / length), mornings.length - 1)
    return Math.floor((mornings[day] ?? until) + worked - day * length)
  }
}
