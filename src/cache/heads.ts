/** A moment of a project: `seq` in the journal, of this `epoch`. */
export type Head = { epoch: string; seq: number }

/** Projects that are remembered. */
const REMEMBERED = 5_000

/**
 * The last heads that this isolate has seen in Postgres; null where something changed and it does not
 * know to what. Whoever writes and then reads by the same isolate sees what they wrote, even before
 * Redis has heard of it.
 */
const seen = new Map<string, Head | null>()

function remember(project_id: string, head: Head | null): void {
  seen.delete(project_id)
  seen.set(project_id, head)
  if (seen.size > REMEMBERED) for (const oldest of seen.keys()) return void seen.delete(oldest)
}

/** A transaction was at this head. */
export function recordHead(project_id: string, head: Head): void {
  const known = seen.get(project_id)
  if (known?.epoch === head.epoch && known.seq >= head.seq) return
  remember(project_id, head)
}

/** Something was written, at an unknown seq. */
export const forgetHead = (project_id: string) => remember(project_id, null)

/** Whether what was true at this head may still be shown. */
export function isCurrent(project_id: string, { epoch, seq }: Head): boolean {
  const known = seen.get(project_id)
  return known === undefined || (known !== null && known.epoch === epoch && seq >= known.seq)
}
