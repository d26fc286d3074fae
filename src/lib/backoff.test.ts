import { expect, it } from 'vitest'
import { backoffOf } from './backoff.ts'

it('doubles the pause after each failure up to a maximum, and shortens it at random by up to half', () => {
  const longest = Array.from({ length: 13 }, (_, failures) => backoffOf(failures, 5_000, 3_600_000, 1) / 1_000)
  expect(longest).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600])
  expect(backoffOf(0, 5_000, 3_600_000, 0)).toBe(2_500)
  expect(backoffOf(10_000, 5_000, 3_600_000, 0)).toBe(1_800_000)
})
