import { sql } from 'drizzle-orm'
import { openCache } from './cache/client.ts'
import { transact } from './db/transact.ts'
import type { Ctx } from './env.ts'
import { metered } from './http/timing.ts'

type Part = 'ok' | 'down'
export type Readiness = { status: 'ok' | 'degraded' | 'down'; database: Part; cache: Part }

const part = (work: Promise<unknown>): Promise<Part> => work.then(() => 'ok' as const).catch(() => 'down' as const)

/** Whether it can serve: down without Postgres; degraded without Redis, as live boards then lag. */
export async function readiness(ctx: Ctx): Promise<Readiness> {
  const [database, cache] = await Promise.all([
    part(transact(ctx, [ctx.db.orm.execute(sql`select 1`)])),
    part(metered(ctx.db.meter.cache, () => openCache(ctx.config).ping())),
  ])
  const status = database === 'down' ? 'down' : cache === 'down' ? 'degraded' : 'ok'
  return { status, database, cache }
}
