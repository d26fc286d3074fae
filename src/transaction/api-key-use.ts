import { and, eq, sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'
import { newMeter } from '../lib/meter.ts'
import type { Actor } from '../security/actor.ts'
import { transact } from './transact.ts'

const MINUTE_MS = 60_000
/** How many keys this isolate remembers. To forget them only costs a few more writes. */
const REMEMBERED = 5_000

/** When this isolate last noted the use of a key, by the hash of its secret: most requests then need not ask the database. */
const noted = new Map<string, number>()

/** Whether this isolate has seen the database accept this key: it is not made up, though it may have ended. */
export const isKnownKey = ({ key_hash }: Actor) => key_hash !== undefined && noted.has(key_hash)

/**
 * Notes that the request's API key was used, at most once a minute. To be called after the answer, which does not need
 * it.
 */
export async function noteUse(ctx: Ctx): Promise<void> {
  const { session_id: id, key_hash = '' } = ctx.actor
  const now = ctx.now.getTime()
  if (now - (noted.get(key_hash) ?? 0) < MINUTE_MS) return
  if (noted.size >= REMEMBERED) noted.clear()
  noted.set(key_hash, now)
  const db = { ...ctx.db, meter: newMeter() } // no request waits for it, so its time is not metered
  await transact({ db }, [touchKey(db.primary, id)]).catch((error: unknown) =>
    ctx.log.warn('key_use_not_noted', { error }),
  )
}

type Orm = Database['primary']

/** Notes that a key was used, unless that was noted within the last minute. */
export const touchKey = (orm: Orm, id: string) =>
  orm
    .update(api_keys)
    .set({ last_used_at: sql`clock_timestamp()` })
    .where(
      and(eq(api_keys.id, id), sql`(${api_keys.last_used_at} > clock_timestamp() - interval '1 minute') is not true`),
    )
