import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { QueuedMutation } from './mutations.ts'
import { platform } from './platform.ts'

/** Where mutations wait until the server has them. */
export interface MutationStorage {
  /** All mutations of an owner, in any order. */
  read(owner: string): Promise<QueuedMutation[]>
  /** Keeps some mutations and forgets others, by their keys: all of it or nothing. */
  write(keep: QueuedMutation[], forget: string[]): Promise<void>
  /**
   * The name of the channel by which tabs that share the storage tell each other changes; undefined if it is not
   * shared.
   */
  readonly channel?: string
}

/** Keeps mutations in memory: they are lost when the program ends. */
export function memoryStorage(): MutationStorage {
  const mutations = new Map<string, QueuedMutation>()
  return {
    read: async (owner) => [...mutations.values()].filter((mutation) => mutation.owner === owner),
    write: async (keep, forget) => {
      for (const mutation of keep) mutations.set(mutation.key, mutation)
      for (const key of forget) mutations.delete(key)
    },
  }
}

interface Schema extends DBSchema {
  acts: { key: string; value: QueuedMutation; indexes: { owner: string } }
}

/**
 * Keeps mutations in IndexedDB: they survive a reload, a crash of the tab, and the end of the browser. All tabs share
 * them.
 */
export function browserStorage(name = 'flowtrack'): MutationStorage {
  let opening: Promise<IDBPDatabase<Schema>> | undefined
  const forget = () => {
    opening = undefined
  }
  const open = () => {
    opening ??= openDB<Schema>(name, 1, {
      upgrade: (db) => void db.createObjectStore('acts', { keyPath: 'key' }).createIndex('owner', 'owner'),
      // A newer version of the page is waiting to upgrade the database, until this page closes it.
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
        ...keep.map((mutation) => tx.store.put(mutation)),
        ...gone.map((key) => tx.store.delete(key)),
        tx.done, // only then is it on disk
      ])
    },
  }
}

export const defaultStorage = () => (platform().indexedDB ? browserStorage() : memoryStorage())
