import { expect, it } from 'vitest'
import { backoffOf } from '../../lib/backoff.ts'
import { GIVE_UP_MS, MAX_PAUSE_MS, retryPauseOf } from './retry.ts'

it('tries between 33 and 57 times before it gives up', () => {
  const attempts = (chance: number) => {
    let [n, ms] = [0, 0]
    for (; ms < GIVE_UP_MS; n += 1) ms += backoffOf(n, 5_000, MAX_PAUSE_MS, chance)
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
])('waits after status %d with Retry-After %s for %d ms', (status, retry_after, pause) => {
  expect(retryPauseOf(status, retry_after, Date.UTC(2026, 10, 29, 12))).toBe(pause)
})
