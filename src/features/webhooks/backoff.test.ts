import { expect, it } from 'vitest'
import { backoffOf, GIVE_UP_MS, retryPauseOf } from './backoff.ts'

it('waits twice as long after each failure, up to an hour, less up to a half by chance', () => {
  const longest = Array.from({ length: 13 }, (_, failures) => backoffOf(failures, 5_000, 1) / 1_000)
  expect(longest).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600])
  expect(backoffOf(0, 5_000, 0)).toBe(2_500)
  expect(backoffOf(10_000, 5_000, 0)).toBe(1_800_000)
})

it('tries some thirty to sixty times before it gives up', () => {
  const attempts = (chance: number) => {
    let [n, ms] = [0, 0]
    for (; ms < GIVE_UP_MS; n += 1) ms += backoffOf(n, 5_000, chance)
    return n
  }
  expect([attempts(1), attempts(0)]).toEqual([33, 57])
})

it.each([
  [429, '120', 120_000],
  [503, '0', 0],
  [503, 'Sun, 29 Nov 2026 12:00:30 GMT', 30_000],
  [503, 'Sun, 29 Nov 2026 11:59:00 GMT', 0],
  [503, '86400', 3_600_000],
  [503, 'soon', 0],
  [503, null, 0],
  [500, '120', 0],
])('leaves a receiver alone as long as it asks: %d, %s', (status, retry_after, pause) => {
  expect(retryPauseOf(status, retry_after, Date.UTC(2026, 10, 29, 12))).toBe(pause)
})
