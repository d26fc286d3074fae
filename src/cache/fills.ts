import type { Pipeline } from '@upstash/redis'
import type { Config } from '../env.ts'
import { perConfig } from '../per-config.ts'
import { openCache } from './client.ts'
import { FILL } from './scripts.ts'

/** What FILL is given. */
export type Fill = { keys: string[]; args: string[] }

/** How long a fill waits for a look to travel with, in milliseconds. */
const WAIT_MS = 10

/** Those of this isolate that have not been sent. */
const waitingOf = perConfig((): Fill[] => [])

const addFill = (pipeline: Pipeline, { keys, args }: Fill): Pipeline => pipeline.eval(FILL, keys, args)

/** Adds the fills that wait to a pipeline that is sent anyway. */
export const addFills = (config: Config, pipeline: Pipeline): Pipeline =>
  waitingOf(config).splice(0).reduce(addFill, pipeline)

/** Sends a fill at once. Rejects when Redis does. */
export const fillNow = (config: Config, fill: Fill): Promise<unknown> =>
  addFill(openCache(config).pipeline(), fill).exec()

/**
 * Sends a small fill with the next look of this isolate, as a request of its own would cost as much
 * as that; or if none comes in time, with all that wait. Rejects when Redis does.
 */
export async function fillSoon(config: Config, fill: Fill): Promise<void> {
  const fills = waitingOf(config)
  fills.push(fill)
  await new Promise((done) => setTimeout(done, WAIT_MS))
  if (fills.includes(fill)) await addFills(config, openCache(config).pipeline()).exec()
}
