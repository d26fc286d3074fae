const HOUR = 3_600_000
const DAY = 24 * HOUR
const [OPENS, CLOSES] = [8 * HOUR, 18 * HOUR]

/**
 * Instants at which a team works, Monday to Friday and 8 to 18 (UTC), of the `days` before `until`:
 * a function from a share of that time (0…1) to milliseconds. It rises.
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
