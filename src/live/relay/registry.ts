import type { Holder, Registration, RelayAt } from '../relay-client.ts'
import { Holders, PER_PART } from './holders.ts'

/** What one stored value has of a registration: the holders too, unless they are more than PER_PART. */
type Stored = Omit<Registration, 'holders'> & { holders?: Holder[] }

const AT = 'at'
const HUB = 'hub:'

/** The hubs that a relay serves. Kept in storage, so that it survives an eviction; read from memory. */
export class Registry {
  readonly #kv: SyncKvStorage
  readonly #holders: Holders
  readonly #hubs = new Map<string, Registration>()

  constructor(kv: SyncKvStorage) {
    this.#kv = kv
    this.#holders = new Holders(kv)
    for (const [, hub] of [...kv.list<Stored>({ prefix: HUB })]) {
      const holders = hub.holders ?? this.#holders.read(hub.project_id)
      this.#hubs.set(hub.project_id, { ...hub, holders })
    }
  }

  get at(): RelayAt | undefined {
    return this.#kv.get<RelayAt>(AT)
  }

  get size(): number {
    return this.#hubs.size
  }

  all(): Registration[] {
    return [...this.#hubs.values()]
  }

  get(project_id: string): Registration | undefined {
    return this.#hubs.get(project_id)
  }

  /** Stores a registration, unless it is the same as before. Returns whether it is new, changed or the same. */
  set(at: RelayAt, hub: Registration): 'new' | 'changed' | 'same' {
    const known = this.#hubs.get(hub.project_id)
    if (known?.sockets === hub.sockets && known.until === hub.until) return 'same'
    if (!this.at) this.#kv.put(AT, at)
    this.#hubs.set(hub.project_id, hub)
    const { holders, ...rest } = hub
    const crowded = holders.length > PER_PART
    if (crowded) this.#holders.write(hub.project_id, holders)
    else this.#holders.delete(hub.project_id)
    this.#kv.put<Stored>(HUB + hub.project_id, crowded ? rest : hub)
    return known ? 'changed' : 'new'
  }

  delete(project_id: string): void {
    this.#hubs.delete(project_id)
    this.#holders.delete(project_id)
    this.#kv.delete(HUB + project_id)
  }

  /** Forgets hubs whose last token has ended: no socket of theirs can be open. */
  prune(now: number): void {
    for (const { project_id, until } of this.all()) if (until <= now) this.delete(project_id)
  }
}
