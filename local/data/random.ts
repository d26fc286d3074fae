import { seededDice } from '../faults.ts'

export type Random = ReturnType<typeof randomOf>

/** All chance of a run, out of one seed: the same seed gives the same ids, rows and order. */
export function randomOf(seed: number) {
  const next = seededDice(seed)
  const upTo = (most: number) => Math.floor(next() * most)
  const hex = (digits: number) =>
    upTo(16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return {
    upTo,
    chance: (share: number) => next() < share,
    pick: <T>(items: readonly T[]): T => items[upTo(items.length)] as T,
    /** UUIDv7 (RFC 9562, 5.7) of an instant, in ms. */
    uuid(at: number): string {
      const time = at.toString(16).padStart(12, '0')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${(8 + upTo(4)).toString(16)}${hex(3)}-${hex(6)}${hex(6)}`
    },
  }
}
