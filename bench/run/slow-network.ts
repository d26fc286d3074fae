import { medianOf } from '../median.ts'
import type { BenchStack } from './bench-stack.ts'
import { call, sendBurst } from './load.ts'
import { prepareOperation, roundTo } from './measure.ts'
import type { Operation } from './operations.ts'

/** How long the network takes for each request, in ms: a hidden second trip then shows. */
export type Delays = { neon: number; redis: number }
export const SLOW: Delays = { neon: 30, redis: 5 }
/** So long that a busy machine's own delays hardly change the ratio. */
export const VERY_SLOW: Delays = { neon: 100, redis: 50 }

/** An operation over a slow network, one request at a time, alternately with its floor. `ratio`: its time / floor's. */
export type SlowFigures = { name: string; flowtrack_ms: number; floor_ms: number; ratio: number }

const setDelay = (lane: string, latency_ms: number) =>
  call({ method: 'POST', url: `${lane}/control`, body: JSON.stringify({ latency_ms }) })

export async function measureOnSlowNetwork(
  bench: BenchStack,
  operation: Operation,
  delays: Delays,
  count: number,
): Promise<SlowFigures> {
  const prepared = await prepareOperation(bench, operation)
  const { urls, flowtrack, bare } = bench
  await setDelay(urls.neon, delays.neon)
  await setDelay(urls.redis, delays.redis)
  try {
    const [mine, theirs]: [number[], number[]] = [[], []]
    for (let n = 0; n < count; n++) {
      mine.push(...(await sendBurst(flowtrack.pid, 1, 1, prepared.flowtrack)).times)
      theirs.push(...(await sendBurst(bare.pid, 1, 1, prepared.floor)).times)
    }
    const [flowtrack_ms, floor_ms] = [medianOf(mine), medianOf(theirs)]
    return {
      name: operation.name,
      flowtrack_ms: roundTo(flowtrack_ms),
      floor_ms: roundTo(floor_ms),
      ratio: roundTo(flowtrack_ms / floor_ms),
    }
  } finally {
    await setDelay(urls.neon, 0)
    await setDelay(urls.redis, 0)
  }
}
