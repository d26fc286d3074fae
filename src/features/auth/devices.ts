import { networkOf, type signInLimits } from '../../redis/rate-limits.ts'
import type { Device } from '../../security/actor.ts'

/** Addresses from which an account was recently signed in, each with whether it was by the current user agent. */
export type KnownAddresses = Record<string, boolean>

type Counts = ReturnType<typeof signInLimits>

/**
 * Which counts of wrong passwords do not apply to this sign-in (`waived`), and which are deleted (`cleared`) or lowered
 * by this attempt (`returned`) after a correct password. A device from which the account was signed in within the last
 * month has a count of its own. Any other device shares that of its network and, if the account was never signed in
 * from that network, that of all networks. So strangers elsewhere cannot lock anybody out of a known device; a
 * neighbour in its network who copies the user agent can.
 */
export function countsFor({ network, total, device }: Counts, known: KnownAddresses, { ip }: Device) {
  const near = Object.keys(known).filter((address) => ip !== null && networkOf(address) === networkOf(ip))
  if (near.some((address) => known[address]))
    return { waived: [network, total], cleared: [device], returned: [network, total] }
  return { waived: near.length > 0 ? [device, total] : [device], cleared: [network, device], returned: [total] }
}
