import { createHmac } from 'node:crypto'
import type { Ctx, IdempotencyKey } from '../../context.ts'
import { Replayed } from '../../lib/errors.ts'
import type { Warning } from '../../transaction/write.ts'
import type { WriteResult } from '../../transaction/write-result.ts'

/** How long the same call counts as a repeat, by the clock: longer than a client waits and tries again. */
const SAME_CALL_MS = 10 * 60_000

type Call = { tool: string; key?: string; input: object; derived: boolean }

/**
 * The Idempotency-Key of a tool call. Without one of the caller's, a call that makes something has one of its
 * credential, its arguments and the ten minutes in which it came: an agent whose answer got lost calls again with the
 * same arguments. The id of the JSON-RPC request would not do: clients count from 0 anew whenever they start.
 */
export function keyOfCall(
  { actor, config, now }: Ctx,
  { tool, key, input, derived }: Call,
): IdempotencyKey | undefined {
  if (key === undefined && !derived) return undefined
  const mac = (...parts: string[]) =>
    createHmac('sha256', config.JWT_SECRET).update(parts.join('\n')).digest('base64url')
  const fingerprint = mac('mcp', tool, JSON.stringify(input)) // validated, so its fields have one order
  const period = Math.floor(now.getTime() / SAME_CALL_MS)
  return { key: key ?? `mcp:${mac(actor.session_id, fingerprint, String(period))}`, fingerprint }
}

type Outcome<T> = { row: T; warnings: Warning[]; replayed?: true }

/** What a keyed write came to: its row, or that of the first call with its key. */
export async function orReplayed<T>(work: Promise<WriteResult<T>>): Promise<Outcome<T>> {
  try {
    const { row, warnings } = await work
    return { row, warnings: [...warnings, ...((row as { warnings?: Warning[] }).warnings ?? [])] }
  } catch (error) {
    if (!(error instanceof Replayed)) throw error
    return { row: error.body as T, warnings: [], replayed: true }
  }
}

/** The answer of a keyed write that is no row: its own, or that of the first call with its key. */
export async function keptAnswer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Replayed)) throw error
    return error.body as T
  }
}
