import { type SQL, sql } from 'drizzle-orm'
import type { BatchResponse } from 'drizzle-orm/batch'
import type { Ctx, IdempotencyKey } from '../context.ts'
import { batch, type Statement, type Statements } from '../db/batch.ts'
import { hasAccepted, isCollision, toDomainError } from '../db/errors.ts'
import { fromJson } from '../db/json.ts'
import { nothing } from '../db/nothing.ts'
import { Replayed } from '../lib/errors.ts'
import { idempotentWriteLimit } from '../redis/rate-limits.ts'
import { admissionOf, authenticateArgsOf } from './authorize.ts'

export type { Statement, Statements } from '../db/batch.ts'

/**
 * Sends statements as one HTTP request and one transaction. Throws AppErrors for failures. A deadlock is tried once
 * more: Postgres has undone the transaction, so nothing can happen twice.
 */
export async function transact<T extends Statements>(
  { db, limits }: Pick<Ctx, 'db'> & Partial<Pick<Ctx, 'limits'>>,
  statements: T,
): Promise<BatchResponse<T>> {
  limits?.start() // at the same time as the database's request, not before it
  const send = () => batch(db.primary, statements, db.meter.db)
  try {
    const results = await send().catch((error: unknown) => (isCollision(error) ? send() : Promise.reject(error)))
    limits?.confirmCredential()
    return results
  } catch (error) {
    if (hasAccepted(error)) limits?.confirmCredential()
    throw toDomainError(error)
  } finally {
    limits?.addCostOfBytes()
  }
}

/** The answer of a keyed write: a status, and its body as SQL that runs in the same transaction. */
export type Answer = { status: 200 | 201; body: SQL }

export type Json = Record<string, unknown>

/**
 * Counts a write whose answer is stored. Before the first request to the database this costs no request of its own.
 * Throws too_many_requests.
 */
export const countIdempotentWrite = (ctx: Ctx) =>
  ctx.limits.consume(idempotentWriteLimit(ctx.config, ctx.actor.user_id))

/**
 * Takes the key for this write, or raises what was stored of its first one. For an API key that is bound to some
 * projects, it first checks that the route accepts such keys, as it must not see a stored answer otherwise.
 */
function beginIdempotentWrite(ctx: Ctx, { key, fingerprint }: IdempotencyKey) {
  const { actor, request_id } = ctx
  const begin = sql`claim_key(${actor.user_id}, ${actor.session_id}, ${request_id}, ${key}, ${fingerprint}, ${actor.key_hash ?? null})`
  const checks =
    actor.key_hash === undefined || ctx.takes_bound_keys
      ? []
      : [admissionOf(ctx, sql`authenticate(${authenticateArgsOf(ctx, 'write')})`)]
  return ctx.db.primary.execute(sql`select ${sql.join([...checks, begin], sql`, `)}`)
}

const storeAnswer = ({ db, actor }: Ctx, { key }: IdempotencyKey, { status, body }: Answer, project: SQL) =>
  db.primary
    .select({
      stored: sql`keep_answer(${actor.user_id}, ${key}, ${status}, ${body}, ${project}::uuid)`.mapWith(fromJson<Json>),
    })
    .from(nothing)

/**
 * `transact`, at most once per Idempotency-Key: the key is taken and its answer stored in the same
 * transaction. A repeat throws `Replayed`, and is noted in `ctx.idempotency`. The first caller gets
 * `stored`, the same document that a repeat will get. A repeat must pass `guard`, too: the rights of the
 * caller may have changed, or another of their API keys, which may do less, may have sent it.
 */
export async function transactIdempotently<T extends Statements>(
  ctx: Ctx,
  statements: T,
  answer: Answer | undefined,
  project: SQL = sql`null`,
  guard: Statement[] = [],
): Promise<{ results: BatchResponse<T>; stored?: Json }> {
  const key = answer && ctx.idempotency
  if (!key) {
    const results = await transact(ctx, [...guard, ...statements] as unknown as Statements)
    return { results: results.slice(guard.length) as unknown as BatchResponse<T> }
  }
  countIdempotentWrite(ctx)
  const first = [...guard, beginIdempotentWrite(ctx, key)]
  const whole: Statement[] = [...first, ...statements, storeAnswer(ctx, key, answer, project)]
  const all = await transact(ctx, whole as Statements).catch((error: unknown) => {
    if (error instanceof Replayed) key.replayed = true
    throw error
  })
  const [last] = all.at(-1) as Awaited<ReturnType<typeof storeAnswer>>
  return { results: all.slice(first.length, -1) as unknown as BatchResponse<T>, stored: last?.stored }
}
