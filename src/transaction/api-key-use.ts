import { and, eq, sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'
import type { Database } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'
import { newMeter } from '../lib/meter.ts'
import { lastNotedOf, rememberKey } from '../security/known-keys.ts'
import { transact } from './transact.ts'

const MINUTE_MS = 60_000
/**
 * Notes that the request's API key was used, at most once a minute. To be called after the answer, which does not need
 * it.
 */
export async function noteUse(ctx: Ctx): Promise<void> {
  const { session_id: id } = ctx.actor
  const now = ctx.now.getTime()
  if (now - lastNotedOf(ctx.actor) < MINUTE_MS) return
  rememberKey(ctx.actor, now)
  const db = { ...ctx.db, meter: newMeter() } // no request waits for it, so its time is not metered
  await transact({ db }, [touchKey(db.primary, id)]).catch((error: unknown) =>
    ctx.log.warn('key_use_not_noted', { error }),
  )
}

type Orm = Database['primary']

/** Notes that a key was used, unless that was noted within the last minute. */
const touchKey = (orm: Orm, id: string) =>
  orm
    .update(api_keys)
    .set({ last_used_at: sql`clock_timestamp()` })
    .where(
      and(eq(api_keys.id, id), sql`(${api_keys.last_used_at} > clock_timestamp() - interval '1 minute') is not true`),
    )
