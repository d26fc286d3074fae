import { type Head, isCurrent, recordHead } from '../cache/heads.ts'
import { PACKING } from '../cache/packing.ts'
import { type CachedAnswer, SHAPES } from '../cache/shapes.ts'
import { headKey, type Keys, userVersionKey } from '../cache/store.ts'
import type { Ctx } from '../context.ts'
import { invalid } from '../lib/errors.ts'

/** JSON of a T: text, or its UTF-8 as the cache held it. */
export type Text<T> = (string | Uint8Array<ArrayBuffer>) & { readonly of?: T }

/** What a cached read came to. `text` is null when the client has this very version. */
export type Cached<T> = { head: Head; version?: number; text: Text<T> | null }

/** What `load` found: its JSON, and the version that an ETag says. */
export type Loaded<T> = { text: string & Text<T>; version?: number }

/** A value that Postgres has not made JSON of. */
export const loaded = <T>(value: T, version?: number): Loaded<T> => ({ text: JSON.stringify(value), version })

/** Which value: the project, what else the answer depends on, and the reader when that too matters. */
export type CacheKey = { project: string; of?: readonly (string | number | undefined)[]; personal?: boolean }

function keysOf({ actor }: Ctx, answer: CachedAnswer, { project, of = [], personal }: CacheKey): Keys {
  const parts = [PACKING, answer, SHAPES[answer], project, ...of, ...(personal ? [actor.user_id] : [])]
  return {
    value: parts.map((part) => encodeURIComponent(part ?? '')).join(':'),
    head: headKey(project),
    access: `access:${project}:${actor.session_id}`,
    userVersion: userVersionKey(actor.user_id),
    personal,
  }
}

/** A reader who has seen `min_seq` is never shown less. */
function requireReached({ seq }: Head, min_seq: number | undefined): void {
  if (min_seq === undefined || min_seq <= seq) return
  throw invalid('min_seq', `is ahead of the project, which is at ${seq}`)
}

/**
 * A read of a project by way of Redis: one request, if what it holds is of the project's head and
 * this reader may see it. If not, or if Redis fails, `load` asks Postgres, and the answer is kept
 * once it has gone out. `load` gets a copy of `ctx`, because `read` sets `at` on what it gets.
 */
export async function cached<T>(
  ctx: Ctx,
  answer: CachedAnswer,
  key: CacheKey,
  load: (ctx: Ctx) => Promise<Loaded<T>>,
): Promise<Cached<T>> {
  const { min_seq = 0, version: known } = ctx.reader
  const keys = keysOf(ctx, answer, key)
  // Never for an API key: until Postgres has seen its secret, its id is only a claim.
  const cacheable = ctx.config.CACHE_SECONDS > 0 && ctx.actor.key_hash === undefined
  const found = cacheable ? await ctx.cache.look(keys, known) : null
  const hit = found?.value
  if (hit && hit.head.seq >= min_seq && isCurrent(key.project, hit.head)) {
    ctx.db.meter.cache.bytes += hit.size ?? 0
    ctx.limits.weigh()
    return hit
  }
  const reader = { ...ctx }
  const made = await load(reader)
  const head = reader.at
  if (!head) throw new Error('A cached read asks about a project')
  recordHead(key.project, head)
  requireReached(head, min_seq)
  const read = { head, ...made }
  if (found) ctx.cache.fill(keys, found.lease, read)
  return read
}

/** The value itself, for what cannot be sent as it is. */
export const parsed = <T>(text: Text<T>): T =>
  JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text))
