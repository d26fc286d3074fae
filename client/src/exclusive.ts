import { platform } from './platform.ts'
import { withTabLock } from './tab-lock.ts'

/** After this time the holder of a lock counts as dead, and the next one does not wait any longer. */
const WAIT_TIMEOUT_MS = 25_000

/** The last work that was queued under each name in this process. */
const queues = new Map<string, Promise<unknown>>()

function runInTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(name) ?? Promise.resolve()).then(work, work)
  queues.set(name, turn)
  const leave = () => queues.get(name) === turn && queues.delete(name)
  turn.then(leave, leave)
  return turn
}

/** Without Web Locks: runs `work` in turn in this page or program; a page then also takes turns with the other tabs. */
const runWithoutLocks = <T>(name: string, timeout_ms: number, work: () => Promise<T>): Promise<T> =>
  runInTurn(name, () => (platform().indexedDB ? withTabLock(name, timeout_ms, work) : work()))

/** Runs `work` while no other work of this name runs in this browser, or outside of browsers in this process. */
export function runExclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = platform().navigator ?? {}
  return locks ? locks.request(name, {}, work) : runWithoutLocks(name, Number.POSITIVE_INFINITY, work)
}

/** `runExclusively` for short work: after WAIT_TIMEOUT_MS it no longer waits for a holder that does not end. */
export async function runBrieflyExclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = platform().navigator ?? {}
  if (!locks) return runWithoutLocks(name, WAIT_TIMEOUT_MS, work)
  const timeout = AbortSignal.timeout(WAIT_TIMEOUT_MS)
  let begun = false
  const once = () => {
    begun = true
    return work()
  }
  return locks.request(name, { signal: timeout }, once).catch((error) => {
    if (begun || !timeout.aborted) throw error
    return locks.request(name, { steal: true }, work)
  })
}
