import type { CachedOperation } from '../../cache/shapes.ts'
import type { Ctx } from '../../context.ts'
import { readThroughCache, toLoaded } from '../../transaction/cached-read.ts'

type GetReport<Q, R> = (ctx: Ctx, id: string, query: Q) => Promise<R>

/** Reads a report through the cache: without a `tz`, one of this reader's own, as its days are in the reader's zone. */
export const readCachedReport = <Q extends { tz?: string }, R>(
  ctx: Ctx,
  operation: CachedOperation,
  id: string,
  query: Q,
  getReport: GetReport<Q, R>,
) =>
  readThroughCache(
    ctx,
    operation,
    // The query was validated, so its fields have one order.
    { project: id, of: [JSON.stringify(query)], personal: query.tz === undefined },
    async (ctx) => toLoaded(await getReport(ctx, id, query)),
  )
