import { createHmac } from 'node:crypto'
import type { Ctx, IdempotencyKey } from '../../context.ts'
import { Replayed } from '../../lib/errors.ts'
import type { Warning } from '../../transaction/write.ts'
import type { WriteResult } from '../../transaction/write-result.ts'

/** The length of a period in which the same call counts as a repeat: longer than clients take to try again. */
const SAME_CALL_MS = 10 * 60_000

type Call = { tool: string; key?: string; input: object; derived: boolean }

/**
 * The Idempotency-Key of a tool call: the caller's, or if `derived`, one made of the credential, the arguments and the
 * ten minutes of the call, as an agent that lost the answer calls again with the same arguments; else undefined. The id
 * of the JSON-RPC request does not help: clients count from 0 again whenever they start.
 */
export function keyOfCall(
  { actor, config, now }: Ctx,
  { tool, key, input, derived }: Call,
): IdempotencyKey | undefined {
  if (key === undefined && !derived) return undefined
  const macOf = (...parts: string[]) =>
    createHmac('sha256', config.JWT_SECRET).update(parts.join('\n')).digest('base64url')
  const fingerprint = macOf('mcp', tool, JSON.stringify(input)) // validated, so its fields have one order
  const period = Math.floor(now.getTime() / SAME_CALL_MS)
  return { key: key ?? `mcp:${macOf(actor.session_id, fingerprint, String(period))}`, fingerprint }
}

/** Runs a keyed write, and returns its answer; for a repeat, the stored answer of the first call with its key. */
export async function runOrReplay<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Replayed)) throw error
    return error.body as T
  }
}

/** The row and warnings of a keyed write. A stored row has its warnings inside. */
export async function toOutcome<T extends object>(work: Promise<WriteResult<T>>) {
  const row: T & { warnings?: Warning[] } = await runOrReplay(async () => {
    const { row, warnings } = await work
    return { warnings, ...row }
  })
  return { row, warnings: row.warnings ?? [] }
}
