import { middle } from '../middle.ts'
import { burst, call } from './load.ts'
import { learn, rounded } from './measure.ts'
import type { Operation } from './operations.ts'
import type { World } from './world.ts'

/** What the network is made to take, in ms: where a hidden second trip shows. */
export type Delays = { neon: number; redis: number }
export const LATE: Delays = { neon: 30, redis: 5 }
/** So long that a busy machine's own delays are lost in it. */
export const VERY_LATE: Delays = { neon: 100, redis: 50 }

/** One operation over a slow network, one at a time and by turns with its floor: how many times the floor's time it takes. */
export type Late = { name: string; flowtrack_ms: number; floor_ms: number; ratio: number }

const delay = (lane: string, latency_ms: number) =>
  call({ method: 'POST', url: `${lane}/control`, body: JSON.stringify({ latency_ms }) })

export async function measureLate(world: World, operation: Operation, delays: Delays, count: number): Promise<Late> {
  const pair = await learn(world, operation)
  const { urls, flowtrack, bare } = world
  await delay(urls.neon, delays.neon)
  await delay(urls.redis, delays.redis)
  try {
    const [mine, theirs]: [number[], number[]] = [[], []]
    for (let n = 0; n < count; n++) {
      mine.push(...(await burst(flowtrack.pid, 1, 1, pair.flowtrack)).times)
      theirs.push(...(await burst(bare.pid, 1, 1, pair.floor)).times)
    }
    const [flowtrack_ms, floor_ms] = [middle(mine), middle(theirs)]
    return {
      name: operation.name,
      flowtrack_ms: rounded(flowtrack_ms),
      floor_ms: rounded(floor_ms),
      ratio: rounded(flowtrack_ms / floor_ms),
    }
  } finally {
    await delay(urls.neon, 0)
    await delay(urls.redis, 0)
  }
}
