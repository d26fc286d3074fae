import { sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import type { Statements } from '../../transaction/transact.ts'
import type { Envelope } from './model/answers.ts'
import { bucketsOf } from './model/days.ts'
import type { ReportQuery } from './model/schema.ts'
import * as now from './sql/now.ts'
import { disableJit, type JsonStatement, type Scope } from './sql/scope.ts'

const makerOf = (link: string) => sql`(select user_id from report_links where id = ${link}::uuid)`

/** The scope of a report for the reader of this request, or for the maker of its link. */
export const scopeOf = (ctx: Ctx, project: string | null, query: Scope['query']): Scope => ({
  project,
  me: ctx.link ? makerOf(ctx.link) : ctx.actor.user_id,
  now: ctx.now,
  query,
})

/** The fields that every report begins with. */
export const envelopeOf = (
  { now }: Ctx,
  { today: _, ...head }: now.Head,
  interval: Envelope['interval'],
): Envelope => ({
  ...head,
  interval,
  generated_at: now.toISOString(),
})

/** The JSON value of a statement that has one row. */
export function jsonOf<T>({ rows }: { rows: { report: T }[] }): T {
  const [row] = rows
  if (row === undefined) throw new Error('The statement of a report returned no row')
  return row.report
}

/** Runs statements about a project (null: about all that the reader sees), in one trip. */
export async function readStatements<T extends Statements>(ctx: Ctx, project: string | null, statements: T) {
  const reader = project === null ? 'anyone' : { project, link: ctx.link }
  const [, ...results] = await read(ctx, reader, [disableJit(ctx), ...statements])
  return results as unknown as BatchResponse<T>
}

/** Reads a report of a project, with the fields that every report has, in one trip and from one snapshot. */
export async function readReport<T>(
  ctx: Ctx,
  id: string,
  query: ReportQuery,
  select: (ctx: Ctx, scope: Scope) => JsonStatement<T>,
) {
  const scope = scopeOf(ctx, id, query)
  const [heads, results] = await readStatements(ctx, id, [now.selectHead(ctx, scope), select(ctx, scope)])
  const head = jsonOf(heads)
  const envelope = envelopeOf(ctx, head, query.interval)
  return { head, envelope, answer: jsonOf(results), buckets: bucketsOf(head.from, head.to, query.interval) }
}
