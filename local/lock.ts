import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's code for a file that another process has locked. */
const SQLITE_BUSY = 5

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
 * lock file remains. Throws FolderLockedError, or an Error that names the file if it cannot be used.
 */
export function lockFolder(folder: string): Lock {
  const path = join(folder, 'lock')
  let file: DatabaseSync | undefined
  try {
    file = new DatabaseSync(path)
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file?.close()
    const { message, errcode } = error as Error & { errcode?: number }
    if (errcode === SQLITE_BUSY)
      throw new FolderLockedError(`${folder} is in use by another FlowTrack: stop that one first.`)
    throw new Error(`${path} cannot be used (${message}): make the folder writable, or delete this file.`)
  }
  return { release: () => file.close() }
}
