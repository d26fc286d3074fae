import { z } from 'zod'

const probability = z.number().min(0).max(1)

/** The faults to inject on a lane. Probabilities are 0..1; a field that is left out injects nothing. */
export const faultsSchema = z.strictObject({
  /** Makes the dice repeatable: the same seed and the same order of requests fail alike. */
  seed: z.number().int().optional(),
  latency_ms: z.number().min(0).max(60_000).optional(),
  /** How likely a request runs late, by up to `late_ms`: others overtake it, and its sender may have given up. */
  late: probability.optional(),
  late_ms: z.number().min(0).max(60_000).optional(),
  /** The connection is cut before anything ran. */
  drop: probability.optional(),
  /** Everything ran, and the connection is cut before the answer. */
  commit_then_drop: probability.optional(),
  /** The answer is a 500 and nothing ran. */
  error: probability.optional(),
  /** Every request is cut before it ran. */
  down: z.boolean().optional(),
  /** Streams stay open but deliver nothing. */
  half_open: z.boolean().optional(),
  pubsub: z
    .strictObject({
      lose: probability.optional(),
      duplicate: probability.optional(),
      reorder: probability.optional(),
      /** By how much a reordered message may be late, at most. */
      reorder_ms: z.number().min(0).max(60_000).optional(),
    })
    .optional(),
})

export type Faults = z.infer<typeof faultsSchema>

/** Gives numbers in [0, 1). */
export type Dice = () => number

/**
 * A repeatable random source: mulberry32 by Tommy Ettinger, public domain
 * (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c).
 */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** How much later than its arrival a request runs, in milliseconds. */
export function decideDelay({ latency_ms = 0, late = 0, late_ms = 100 }: Faults, dice: Dice): number {
  return late > 0 && dice() < late ? latency_ms + Math.ceil(dice() * late_ms) : latency_ms
}

export type RequestFault = 'down' | 'drop' | 'error' | 'commit_then_drop'

/** Decides what happens to one request. The worst fault wins. */
export function decideRequestFault(faults: Faults, dice: Dice): RequestFault | undefined {
  if (faults.down) return 'down'
  // Always three numbers, so that another probability of one fault does not change which requests the others hit.
  const [drop, error, late] = [dice(), dice(), dice()]
  if (drop < (faults.drop ?? 0)) return 'drop'
  if (error < (faults.error ?? 0)) return 'error'
  if (late < (faults.commit_then_drop ?? 0)) return 'commit_then_drop'
  return undefined
}

export type DeliveryFault = 'half_open' | 'lose' | 'duplicate' | 'reorder'

/** One copy of a message for each delay (ms) in `delays`, and what was done to it. */
export interface Delivery {
  delays: number[]
  injected: DeliveryFault[]
}

/** Decides when, and how often, one published message reaches one stream. */
export function decideDelivery(faults: Faults, dice: Dice): Delivery {
  if (faults.half_open) return { delays: [], injected: ['half_open'] }
  const { lose = 0, duplicate = 0, reorder = 0, reorder_ms = 100 } = faults.pubsub ?? {}
  const [lost, twice, late, delay] = [dice(), dice(), dice(), dice()]
  if (lost < lose) return { delays: [], injected: ['lose'] }
  const injected: DeliveryFault[] = []
  const delays = [0]
  if (twice < duplicate) {
    delays.push(0)
    injected.push('duplicate')
  }
  if (late < reorder) {
    delays[0] = Math.ceil(delay * reorder_ms)
    injected.push('reorder')
  }
  return { delays, injected }
}
