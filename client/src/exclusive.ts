import { withLease } from './lease.ts'
import { platform } from './platform.ts'

/** After so long the holder of a lock counts as dead, and the next one takes it away. */
const PATIENCE_MS = 25_000

/** Who waits for what in this process. */
const queues = new Map<string, Promise<unknown>>()

function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(name) ?? Promise.resolve()).then(work, work)
  queues.set(name, turn)
  const leave = () => queues.get(name) === turn && queues.delete(name)
  turn.then(leave, leave)
  return turn
}

/** Without Web Locks: in turn in this page or program, and of a page then among the tabs of its browser. */
const withoutLocks = <T>(name: string, patience_ms: number, work: () => Promise<T>): Promise<T> =>
  inTurn(name, () => (platform().indexedDB ? withLease(name, patience_ms, work) : work()))

/** Does something while nobody else of this browser, or else of this process, does what has the same name. */
export function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = platform().navigator ?? {}
  return locks ? locks.request(name, {}, work) : withoutLocks(name, Number.POSITIVE_INFINITY, work)
}

/** The same for work that is soon done: from a holder that does not end, the lock is taken. */
export async function brieflyExclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = platform().navigator ?? {}
  if (!locks) return withoutLocks(name, PATIENCE_MS, work)
  const patience = AbortSignal.timeout(PATIENCE_MS)
  let begun = false
  const once = () => {
    begun = true
    return work()
  }
  return locks.request(name, { signal: patience }, once).catch((error) => {
    if (begun || !patience.aborted) throw error
    return locks.request(name, { steal: true }, work)
  })
}
