import type { CachedAnswer } from '../../cache/shapes.ts'
import type { Ctx } from '../../context.ts'
import { cached, loaded } from '../../transaction/cached-read.ts'

type Ask<Q, R> = (ctx: Ctx, id: string, query: Q) => Promise<R>

/** A report by way of the cache. Without a `tz` its days are the reader's own. */
export const cachedReport = <Q extends { tz?: string }, R>(
  ctx: Ctx,
  answer: CachedAnswer,
  id: string,
  query: Q,
  ask: Ask<Q, R>,
) =>
  cached(
    ctx,
    answer,
    { project: id, of: [JSON.stringify(query)], personal: query.tz === undefined },
    async (ctx) => loaded(await ask(ctx, id, query)), // validated, so its fields have one order
  )
