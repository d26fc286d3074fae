import { expect, it } from 'vitest'
import { wholeNumber } from './fields.ts'

const limit = wholeNumber(1, 100)

it.each([
  ['5', 5],
  ['007', 7],
  ['100', 100],
  [7, 7],
])('accepts %j as a whole number', (given, number) => {
  expect(limit.parse(given)).toBe(number)
})

it.each(['', ' ', ' 5', '+5', '5.0', '5e1', '0x10', '٥', '-1', '0', '101', '99999999999999999999', null, ['5']])(
  'refuses %j as a whole number',
  (given) => {
    expect(limit.safeParse(given).success).toBe(false)
  },
)
