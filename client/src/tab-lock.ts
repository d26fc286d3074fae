import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { openChannel, runAfter } from './platform.ts'

/*
 * A lock among the tabs of a browser without Web Locks: a record in IndexedDB, whose transactions run one after another
 * for all tabs. Its holder renews it; a holder that died does not, so the lock expires. A channel tells when it is
 * free.
 */

const EXPIRES_AFTER_MS = 5_000
const RENEW_MS = 1_000
const TRY_AGAIN_MS = 500

type LockRecord = { name: string; holder: string; until: number }
interface Schema extends DBSchema {
  locks: { key: string; value: LockRecord }
}

let opening: Promise<IDBPDatabase<Schema>> | undefined

function open(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>('flowtrack-locks', 1, {
    upgrade: (db) => void db.createObjectStore('locks', { keyPath: 'name' }),
    terminated: () => {
      opening = undefined
    },
  })
  return opening
}

/** Takes or renews the lock, unless somebody else has it. Returns whether the lock is ours. */
async function take(name: string, holder: string): Promise<boolean> {
  const tx = (await open()).transaction('locks', 'readwrite')
  const lock = await tx.store.get(name)
  const isFree = !lock || lock.holder === holder || lock.until < Date.now()
  if (isFree) await tx.store.put({ name, holder, until: Date.now() + EXPIRES_AFTER_MS })
  await tx.done
  return isFree
}

async function release(name: string, holder: string): Promise<void> {
  const tx = (await open()).transaction('locks', 'readwrite')
  if ((await tx.store.get(name))?.holder === holder) await tx.store.delete(name)
  await tx.done
}

/** Runs `work` while no other tab holds the lock. After `timeout_ms` it no longer waits for the holder. */
export async function withTabLock<T>(name: string, timeout_ms: number, work: () => Promise<T>): Promise<T> {
  const holder = crypto.randomUUID()
  const channel = openChannel(`flowtrack:lock:${name}`)
  let wake = () => {}
  if (channel) channel.onmessage = () => wake()
  const deadline = Date.now() + timeout_ms
  const tried = () => take(name, holder).catch(() => true) // without IndexedDB the work runs without a lock
  let [ended, stop] = [false, () => {}]
  const renew = () => {
    stop = runAfter(RENEW_MS, () => void tried().then((ours) => ours && !ended && renew()))
  }
  try {
    while (!(await tried()) && Date.now() < deadline)
      await new Promise<void>((resolve) => {
        const end = runAfter(TRY_AGAIN_MS, resolve)
        wake = () => {
          end()
          resolve()
        }
      })
    renew()
    return await work()
  } finally {
    ended = true
    stop()
    await release(name, holder).catch(() => {}) // it expires
    channel?.postMessage('free')
    channel?.close()
  }
}
