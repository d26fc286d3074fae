import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { Act } from './acts.ts'
import { platform } from './platform.ts'

/** Where acts wait until the server has them. */
export interface ActStorage {
  /** All acts of an owner, in any order. */
  read(owner: string): Promise<Act[]>
  /** Keeps some acts and forgets others, by their keys: all of it or nothing. */
  write(keep: Act[], forget: string[]): Promise<void>
  /** By this name the tabs that share it tell each other what has changed. Without one, nobody else has it. */
  readonly channel?: string
}

/** Forgets everything when the program ends. */
export function memoryStorage(): ActStorage {
  const acts = new Map<string, Act>()
  return {
    read: async (owner) => [...acts.values()].filter((act) => act.owner === owner),
    write: async (keep, forget) => {
      for (const act of keep) acts.set(act.key, act)
      for (const key of forget) acts.delete(key)
    },
  }
}

interface Schema extends DBSchema {
  acts: { key: string; value: Act; indexes: { owner: string } }
}

/** Keeps acts in IndexedDB: they survive a reload, a crash of the tab, and the end of the browser. All tabs share them. */
export function browserStorage(name = 'flowtrack'): ActStorage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined
  const forget = () => {
    opening = undefined
  }
  const open = () => {
    opening ??= openDB<Schema>(name, 1, {
      upgrade: (db) => void db.createObjectStore('acts', { keyPath: 'key' }).createIndex('owner', 'owner'),
      // A newer version of the page wants the database: it waits until we let go.
      blocking: (_current, _blocked, event) => {
        forget()
        ;(event.target as unknown as { close(): void }).close()
      },
      terminated: forget,
    })
    opening.catch(forget)
    return opening
  }
  return {
    channel: `flowtrack:acts:${name}`,
    read: async (owner) => (await open()).getAllFromIndex('acts', 'owner', owner),
    write: async (keep, gone) => {
      const tx = (await open()).transaction('acts', 'readwrite')
      await Promise.all([
        ...keep.map((act) => tx.store.put(act)),
        ...gone.map((key) => tx.store.delete(key)),
        tx.done, // only then is it on disk
      ])
    },
  }
}

export const usualStorage = () => (platform().indexedDB ? browserStorage() : memoryStorage())
