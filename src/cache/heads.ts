/** A moment of a project: `seq` in the journal, of this `epoch`. */
export type Head = { epoch: string; seq: number }

/** How many projects an isolate remembers. */
const MAX_REMEMBERED = 5_000

/**
 * The last heads that this isolate has seen in Postgres; null after a write of unknown seq. So a client that writes and
 * then reads through the same isolate sees its write, even before Redis knows of it.
 */
const seen = new Map<string, Head | null>()

function remember(project_id: string, head: Head | null): void {
  seen.delete(project_id)
  seen.set(project_id, head)
  if (seen.size > MAX_REMEMBERED) for (const oldest of seen.keys()) return void seen.delete(oldest)
}

/** Remembers a head that a transaction has seen, unless a later one of the same epoch is known. */
export function recordHead(project_id: string, head: Head): void {
  const known = seen.get(project_id)
  if (known?.epoch === head.epoch && known.seq >= head.seq) return
  remember(project_id, head)
}

/** Remembers that a project was changed, at an unknown seq: nothing is current until the next `recordHead`. */
export const forgetHead = (project_id: string) => remember(project_id, null)

/** Whether what was true at this head may still be shown: it is not older than what this isolate has seen. */
export function isCurrent(project_id: string, { epoch, seq }: Head): boolean {
  const known = seen.get(project_id)
  return known === undefined || (known !== null && known.epoch === epoch && seq >= known.seq)
}
