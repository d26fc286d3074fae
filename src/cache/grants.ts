import type { Pipeline } from '@upstash/redis'
import { perConfig } from '../config/per-config.ts'
import { GRANT } from './scripts.ts'

/** What GRANT is given. */
export type Grant = { keys: [access: string, userVersion: string]; args: [until: string, userVersion: string] }

/** Grants in one pipeline, at most: a reader waits for all of it. */
const MAX_ABOARD = 50

/**
 * The grants that this isolate has not sent to Redis yet. They are sent with its next command, because a request of
 * their own would cost as much as the read that they save. That is mostly the same reader's next cached read, and they run
 * before it. One that is sent too late has expired (`CACHE_SECONDS`).
 */
export const grantsOf = perConfig((): Grant[] => [])

/** Adds grants that wait to a pipeline that is sent anyway. What is lost with it is a read that asks Postgres again. */
export const addGrants = (grants: Grant[], pipeline: Pipeline): Pipeline =>
  grants.splice(0, MAX_ABOARD).reduce((longer, { keys, args }) => longer.eval(GRANT, keys, args), pipeline)
