import { type Head, isCurrent, recordHead } from '../cache/heads.ts'
import { PACKING } from '../cache/packing.ts'
import { type CachedOperation, SHAPES } from '../cache/shapes.ts'
import { headKey, type Keys, userVersionKey } from '../cache/store.ts'
import type { Ctx } from '../context.ts'
import { invalidAt } from '../lib/errors.ts'

/** JSON of a T: text, or its UTF-8 as the cache held it. */
export type Text<T> = (string | Uint8Array<ArrayBuffer>) & { readonly of?: T }

/** The result of a cached read. `text` is null when the client already has this version. */
export type Cached<T> = { head: Head; version?: number; text: Text<T> | null }

/** The result of `load`: its JSON, and the version for the ETag. */
export type Loaded<T> = { text: string & Text<T>; version?: number }

/** Makes JSON of a value, where Postgres has not done so. */
export const toLoaded = <T>(value: T, version?: number): Loaded<T> => ({ text: JSON.stringify(value), version })

/**
 * What identifies a cached value: the project, what else the answer depends on (`of`), and the reader if it is
 * `personal`.
 */
export type CacheKey = { project: string; of?: readonly (string | number | undefined)[]; personal?: boolean }

function keysOf({ actor }: Ctx, operation: CachedOperation, { project, of = [], personal }: CacheKey): Keys {
  const parts = [PACKING, operation, SHAPES[operation], project, ...of, ...(personal ? [actor.user_id] : [])]
  return {
    value: parts.map((part) => encodeURIComponent(part ?? '')).join(':'),
    head: headKey(project),
    access: `access:${project}:${actor.session_id}`,
    userVersion: userVersionKey(actor.user_id),
    personal,
  }
}

/**
 * Throws validation_failed when the project has not reached `min_seq`: a reader who has seen that must not get an older
 * state.
 */
function requireReached({ seq }: Head, min_seq: number | undefined): void {
  if (min_seq === undefined || min_seq <= seq) return
  throw invalidAt(
    'min_seq',
    `is ahead of the project, which is at ${seq}: if the database was restored, read without it`,
  )
}

/**
 * Reads a project through Redis, with one request if Redis has the value at the project's head and this reader may see
 * it. Otherwise, or if Redis fails, `load` asks Postgres, and the value is stored after the answer. `load` gets a copy
 * of `ctx`, because `read` sets `at` on what it gets.
 */
export async function readThroughCache<T>(
  ctx: Ctx,
  operation: CachedOperation,
  key: CacheKey,
  load: (ctx: Ctx) => Promise<Loaded<T>>,
): Promise<Cached<T>> {
  const { min_seq = 0, version: known } = ctx.reader
  const keys = keysOf(ctx, operation, key)
  // Never for an API key: until Postgres has seen its secret, its id is only a claim.
  const cacheable = ctx.config.CACHE_SECONDS > 0 && ctx.actor.key_hash === undefined
  const found = cacheable ? await ctx.cache.look(keys, known) : null
  const hit = found?.value
  if (hit && hit.head.seq >= min_seq && isCurrent(key.project, hit.head)) {
    ctx.db.meter.cache.bytes += hit.size ?? 0
    ctx.limits.addCostOfBytes()
    return hit
  }
  const loadCtx = { ...ctx }
  const made = await load(loadCtx)
  const head = loadCtx.at
  if (!head) throw new Error('The load of a cached read has not set `at`: it must read a project')
  recordHead(key.project, head)
  requireReached(head, min_seq)
  const read = { head, ...made }
  if (found) ctx.cache.fill(keys, found.lease, read)
  return read
}

/** The value of a cached text, for callers that cannot send the text as it is. */
export const parseText = <T>(text: Text<T>): T =>
  JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text))
