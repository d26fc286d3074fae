import { seededDice } from '../faults.ts'

export type Random = ReturnType<typeof randomOf>

/**
 * The random source of a run: the same seed gives the same ids, rows and order.
 * `integerBelow` gives an integer from 0 to below `bound`; `chance` is true with a probability of `share`.
 */
export function randomOf(seed: number) {
  const next = seededDice(seed)
  const integerBelow = (bound: number) => Math.floor(next() * bound)
  const hex = (digits: number) =>
    integerBelow(16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return {
    integerBelow,
    chance: (share: number) => next() < share,
    pick: <T>(items: readonly T[]): T => items[integerBelow(items.length)] as T,
    /** UUIDv7 (RFC 9562, 5.7) of an instant, in ms. */
    uuid(at: number): string {
      const time = at.toString(16).padStart(12, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${(8 + integerBelow(4)).toString(16)}${hex(3)}-${hex(6)}${hex(6)}`
    },
  }
}
