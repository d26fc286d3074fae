import type { CachedResponse } from '../../cache/cached-response.ts'
import type { Ctx } from '../../context.ts'
import { cached, loaded } from '../../transaction/cached-read.ts'
import * as s from './model/schema.ts'

/** The reports that are cached, each under its own name. */
export const CACHED = {
  summary: { name: 'summary', schema: s.Summary },
  burndown: { name: 'burndown', schema: s.Burn },
  burnup: { name: 'burnup', schema: s.Burn },
  cumulativeFlow: { name: 'cumulative-flow', schema: s.CumulativeFlow },
  cycleTime: { name: 'cycle-time', schema: s.Durations },
  leadTime: { name: 'lead-time', schema: s.Durations },
  throughput: { name: 'throughput', schema: s.Throughput },
  timeInColumn: { name: 'time-in-column', schema: s.TimeInColumn },
  aging: { name: 'aging', schema: s.Aging },
  workload: { name: 'workload', schema: s.Workload },
  forecast: { name: 'forecast', schema: s.Forecast },
  activity: { name: 'activity', schema: s.Activity },
}

type Ask<Q, R> = (ctx: Ctx, id: string, query: Q) => Promise<R>

/** A report by way of the cache. Without a `tz` its days are the reader's own. */
export const cachedReport = <Q extends { tz?: string }, R>(
  ctx: Ctx,
  response: CachedResponse<R>,
  id: string,
  query: Q,
  ask: Ask<Q, R>,
) =>
  cached(
    ctx,
    response,
    { project: id, of: [JSON.stringify(query)], personal: query.tz === undefined },
    async (ctx) => loaded(await ask(ctx, id, query)), // validated, so its fields have one order
  )
