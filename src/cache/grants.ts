import type { Pipeline } from '@upstash/redis'
import { perConfig } from '../per-config.ts'
import { GRANT } from './scripts.ts'

/** What GRANT is given. */
export type Grant = { keys: [access: string, fence: string]; args: [until: string, fence: string] }

/** So many travel together, and no more: a reader waits for what they travel with. */
const MAX_ABOARD = 50

/**
 * What this isolate has to tell Redis of those whom Postgres let read. It travels with whatever goes to Redis next,
 * as a request of its own would cost as much as the look that it spares: mostly with the same reader's next look, and
 * before it. One that finds no company in time has ended by itself (`CACHE_SECONDS`).
 */
export const grantsOf = perConfig((): Grant[] => [])

/** Adds grants that wait to a pipeline that is sent anyway. What is lost with it is a read that asks Postgres again. */
export const addGrants = (grants: Grant[], pipeline: Pipeline): Pipeline =>
  grants.splice(0, MAX_ABOARD).reduce((longer, { keys, args }) => longer.eval(GRANT, keys, args), pipeline)
