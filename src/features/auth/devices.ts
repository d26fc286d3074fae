import { networkOf, type signInQuotas } from '../../redis/rate-quotas.ts'
import type { Device } from '../../security/actor.ts'

/** Addresses from which an account was signed in lately, and whether by the user agent that asks now. */
export type HeldFrom = Record<string, boolean>

type Counts = ReturnType<typeof signInQuotas>

/**
 * Which counts of wrong passwords do not hold for who signs in, and what becomes of them after a right one. A
 * device from which the account was signed in within the last month has a count of its own. Any other
 * shares that of its network and, from a network where the account never was, that of all networks. So strangers
 * elsewhere lock nobody out of a known device; a neighbour in its network who copies the user agent can.
 */
export function countsFor({ network, total, device }: Counts, held: HeldFrom, { ip }: Device) {
  const near = Object.keys(held).filter((address) => ip !== null && networkOf(address) === networkOf(ip))
  if (near.some((address) => held[address]))
    return { waived: [network, total], cleared: [device], returned: [network, total] }
  return { waived: near.length > 0 ? [device, total] : [device], cleared: [network, device], returned: [total] }
}
