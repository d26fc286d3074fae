import type { Pipeline } from '@upstash/redis'
import type { Config } from '../config/config.ts'
import type { Log } from '../lib/log.ts'
import { breakerOf } from '../redis/circuit-breaker.ts'
import { openCache, openReader, reasonOf } from '../redis/client.ts'
import type { RateLimiter } from '../redis/rate-limiter.ts'
import { addGrants, grantsOf } from './grants.ts'
import { forgetHead, type Head } from './heads.ts'
import { pack, unpack } from './packing.ts'
import { KEEP, LOOK } from './scripts.ts'

/**
 * The Redis keys of one read by one reader. `personal`: the value depends on the reader, so it is valid for one
 * userVersion only.
 */
export type Keys = { value: string; head: string; access: string; userVersion: string; personal?: boolean }

/**
 * What a look has returned, with the time of Redis's clock in ms; a fill has to show it. `kept`: Redis has the value of
 * this head.
 */
export type Lease = { at: number; userVersion: string; head: string; kept: boolean }

/**
 * A cached JSON text, or its UTF-8; null when the client has this version already. `size`: characters that Redis keeps
 * of it.
 */
export type Value = { head: Head; version?: number; text: string | Uint8Array<ArrayBuffer> | null; size?: number }

/** The cache as readers use it. Its failures never fail a request. */
export type Cache = {
  /**
   * One request, which also counts the reader's request. Null when Redis does not answer in time, or answers something
   * invalid.
   */
  look(keys: Keys, version: number | undefined): Promise<{ lease: Lease; value: Value | null } | null>
  /** Stores a value after the response is sent. It expires `CACHE_SECONDS` after the look that returned the lease. */
  fill(keys: Keys, lease: Lease, value: Value & { text: string }): void
  /** Ends what Redis remembers of these people's access: Postgres decides again. Await it before the answer. */
  invalidateUsers(user_ids: readonly string[]): Promise<void>
  /** Invalidates what is cached of these projects. Await it before the answer. */
  drop(project_ids: readonly string[]): Promise<void>
}

/** Larger texts are not cached: moving them costs more than making them. In characters. */
const MAX_TEXT = 1_000_000

/** Longer than any access lives, whatever CACHE_SECONDS was when it was granted. In seconds. */
const OVERWRITE_SECONDS = 86_400

export const headKey = (project_id: string) => `project:${project_id}:head`
export const userVersionKey = (user_id: string) => `fence:${user_id}`

/** Sets a project's head to a new random text, which matches no stored value. */
export const setUnknownHead = (pipeline: Pipeline, project_id: string) =>
  pipeline.set(headKey(project_id), `unknown ${crypto.randomUUID()}`, { ex: OVERWRITE_SECONDS })

/** Replaces the version of a person's rights. */
const setUserVersion = (pipeline: Pipeline, user_id: string) =>
  pipeline.set(userVersionKey(user_id), crypto.randomUUID(), { ex: OVERWRITE_SECONDS })

const LINE = /^([0-9a-f-]{36}):(\d{1,15}) (\d{0,15})(?: =\S*)?\n/

function readValue(text: string): Value | null {
  if (text === '') return null
  const [line, epoch, seq, version] = LINE.exec(text) ?? []
  if (line === undefined || epoch === undefined) throw new Error('A cached value has no head')
  const head = { epoch, seq: Number(seq) }
  const value = text.slice(line.length)
  return {
    head,
    version: version ? Number(version) : undefined,
    text: value === '' ? null : unpack(value),
    size: value.length,
  }
}

/** Reads the reply to LOOK. Throws when it has another form. */
function readReply(log: Log, reply: unknown) {
  const [at, userVersion, head, text, kept] = Array.isArray(reply) ? reply : []
  if (typeof text !== 'string' || typeof userVersion !== 'string' || typeof head !== 'string' || !(Number(at) > 0)) {
    throw new Error('The reply of Redis to LOOK has another form')
  }
  const lease = { at: Number(at), userVersion, head, kept: Number(kept) === 1 }
  try {
    return { lease, value: readValue(text) }
  } catch (error) {
    log.warn('cache_value_damaged', { error })
    return { lease: { ...lease, kept: false }, value: null } // so that the next fill replaces it
  }
}

type Deps = { config: Config; limits: RateLimiter; log: Log; waitUntil: (work: Promise<unknown>) => void }

/**
 * Sets one key for each id, with `set`. It tries twice, because the end of access must arrive; if both attempts fail,
 * readers of the cache may continue for CACHE_SECONDS.
 */
async function overwrite(
  { config, limits, log }: Deps,
  ids: readonly string[],
  set: (pipeline: Pipeline, id: string) => unknown,
): Promise<void> {
  if (ids.length === 0) return
  const send = () => {
    const pipeline = openCache(config).pipeline()
    for (const id of ids) set(pipeline, id)
    return limits.sendWith(pipeline)
  }
  await send()
    .catch(send)
    .catch((error: unknown) => log.warn('cache_not_invalidated', { reason: reasonOf(error) }))
}

/** Asks Redis, unless the circuit breaker is open. */
async function look({ config, limits, log }: Deps, keys: Keys, version: number | undefined) {
  const breaker = breakerOf(config)
  if (!breaker.tryRequest()) return null
  const { value, head, access, userVersion } = keys
  try {
    const pipeline = addGrants(grantsOf(config), openReader(config).pipeline())
    pipeline.eval(LOOK, [value, head, access, userVersion], [version === undefined ? '' : String(version)])
    const replies = await limits.sendWith(pipeline)
    breaker.noteAnswer(log)
    return readReply(log, replies.at(-1))
  } catch (error) {
    breaker.noteFailure(log, error)
    log.warn('cache_read_failed', { reason: reasonOf(error) })
    return null
  }
}

/** Stores a value for later readers, and this reader's access to it. */
function fill(
  { config, log, waitUntil }: Deps,
  keys: Keys,
  lease: Lease,
  { head: at, version, text }: Value & { text: string },
) {
  const { value, head, access, userVersion, personal } = keys
  const own = personal ? ` =${lease.userVersion}` : ''
  const mine = `${at.epoch}:${at.seq}`
  const until = String(lease.at + config.CACHE_SECONDS * 1_000)
  const grants = grantsOf(config)
  grants.push({ keys: [access, userVersion], args: [until, lease.userVersion] })
  if (lease.kept && lease.head === mine) return // somebody else has filled it: only this reader's access is new
  const whole = text.length > MAX_TEXT ? '' : `${mine} ${version ?? ''}${own}\n${pack(text)}`
  const args = [until, lease.userVersion, lease.head, at.epoch, String(at.seq), whole]
  const pipeline = addGrants(grants, openCache(config).pipeline()).eval(KEEP, [value, head, userVersion], args)
  waitUntil(pipeline.exec().catch((error: unknown) => log.warn('cache_not_filled', { reason: reasonOf(error) })))
}

export const cacheFor = (deps: Deps): Cache => ({
  look: (keys, version) => look(deps, keys, version),
  fill: (keys, lease, value) => fill(deps, keys, lease, value),
  invalidateUsers: (user_ids) => overwrite(deps, user_ids, setUserVersion),
  drop: (project_ids) => {
    for (const id of project_ids) forgetHead(id)
    return overwrite(deps, project_ids, setUnknownHead)
  },
})
