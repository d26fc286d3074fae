import type { Pipeline } from '@upstash/redis'
import { makeOncePerConfig } from '../config/per-config.ts'
import { GRANT } from './scripts.ts'

/** The keys and arguments of one GRANT. */
export type Grant = { keys: [access: string, userVersion: string]; args: [until: string, userVersion: string] }

/** Grants in one pipeline, at most: a reader waits for all of it. */
const MAX_GRANTS = 50

/**
 * The grants that this isolate has not sent to Redis yet. They are sent with its next command, because a request of
 * their own would cost as much as the read that they save. Usually that is the next cached read of the same reader, and
 * they run before it. A grant that is sent too late has expired (`CACHE_SECONDS`).
 */
export const grantsOf = makeOncePerConfig((): Grant[] => [])

/**
 * Adds waiting grants to a pipeline that is sent anyway. If it fails they are lost, and a later read asks Postgres
 * again.
 */
export const addGrants = (grants: Grant[], pipeline: Pipeline): Pipeline =>
  grants.splice(0, MAX_GRANTS).reduce((longer, { keys, args }) => longer.eval(GRANT, keys, args), pipeline)
