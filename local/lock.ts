import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Lock {
  release(): void
}

/** Another process, which is still running, holds the folder. */
export class FolderLockedError extends Error {
  override name = 'FolderLockedError'
}

/**
 * Locks a folder for this process. The lock is the operating system's, through SQLite
 * (https://www.sqlite.org/lockingv3.html), so it ends with the process, even after a crash: no stale
 * lock file remains. Throws FolderLockedError.
 */
export function lockFolder(folder: string): Lock {
  const file = new DatabaseSync(join(folder, 'lock'))
  try {
    file.exec('BEGIN EXCLUSIVE')
  } catch {
    file.close()
    throw new FolderLockedError(`${folder} is in use by another FlowTrack: stop that one first.`)
  }
  return { release: () => file.close() }
}
