import { hashOf } from '../../lib/hash.ts'
import type { Holder } from '../relay-client.ts'

const PART = 'part:'

/** Holders in one stored value, on average at most. A value may have 2 MB, and a holder takes about 170 bytes. */
export const PER_PART = 2_000

/**
 * The holders of crowded hubs, in storage. They do not fit into one value, which would also be written
 * whole for each new socket. So they are split into parts by session, and only changed parts are written.
 */
export class Holders {
  readonly #kv: SyncKvStorage
  readonly #prints = new Map<string, number>()

  constructor(kv: SyncKvStorage) {
    this.#kv = kv
  }

  read(project_id: string): Holder[] {
    const parts = [...this.#kv.list<Holder[]>({ prefix: `${PART}${project_id}:` })]
    return parts.flatMap(([, part]) => part)
  }

  write(project_id: string, holders: readonly Holder[]): void {
    const count = 2 ** Math.ceil(Math.log2(holders.length / PER_PART))
    const parts = new Map<string, Holder[]>()
    for (let i = 0; i < count; i++) parts.set(`${PART}${project_id}:${i}`, [])
    for (const holder of holders) parts.get(`${PART}${project_id}:${hashOf(holder.session_id) % count}`)?.push(holder)
    for (const [key] of [...this.#kv.list({ prefix: `${PART}${project_id}:` })]) if (!parts.has(key)) this.#drop(key)
    for (const [key, part] of parts) {
      const print = hashOf(JSON.stringify(part))
      if (this.#prints.get(key) !== print) this.#kv.put(key, part)
      this.#prints.set(key, print)
    }
  }

  delete(project_id: string): void {
    for (const [key] of [...this.#kv.list({ prefix: `${PART}${project_id}:` })]) this.#drop(key)
  }

  #drop(key: string): void {
    this.#kv.delete(key)
    this.#prints.delete(key)
  }
}
