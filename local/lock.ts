import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Lock {
  release(): void
}

/** Another process, still alive, has the folder. */
export class FolderLockedError extends Error {
  override name = 'FolderLockedError'
}

/**
 * Takes a folder for this process alone. The lock is the operating system's, through SQLite
 * (https://www.sqlite.org/lockingv3.html), so it ends with the process, however that dies: there
 * is no stale lock file to clean up, and no process id that somebody else may have by now.
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
