import { sql } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import { openCache } from '../../redis/client.ts'
import { transact } from '../../transaction/transact.ts'

type Part = 'ok' | 'down'
export type Readiness = { status: 'ok' | 'degraded' | 'down'; database: Part; cache: Part }

const stateOf = (work: Promise<unknown>): Promise<Part> => work.then(() => 'ok' as const).catch(() => 'down' as const)

/** Whether the Worker can serve: `down` without Postgres; `degraded` without Redis, as live boards then lag. */
export async function checkReadiness(ctx: Ctx): Promise<Readiness> {
  // The ping first: it carries the count of this request for the rate limits, which else would be a request of its own.
  const [cache, database] = await Promise.all([
    stateOf(ctx.limits.sendWith(openCache(ctx.config).pipeline().ping())),
    stateOf(transact(ctx, [ctx.db.primary.execute(sql`select 1`)])),
  ])
  const status = database === 'down' ? 'down' : cache === 'down' ? 'degraded' : 'ok'
  return { status, database, cache }
}
