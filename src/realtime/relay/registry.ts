import type { Region } from '../region.ts'

/** Whose sockets a hub holds; the same person may be there with several sessions. */
export type Holder = { user_id: string; session_id: string; epoch: string }

/**
 * What a hub says of itself: the whole truth each time, so that it may be said twice, and late.
 * Without holders it needs no more news. `until` is when the last of its tokens ends (milliseconds
 * since 1970): a hub that died without a word is forgotten then.
 */
export type Registration = {
  project_id: string
  holders: Holder[]
  until: number
  /** A fingerprint of the sockets: with the same one nobody has come or gone. */
  sockets: number
}

/** Which relay this is: objects don't know their own name everywhere. */
export type RelayAt = { region: Region; shard: number }

const AT = 'at'
const HUB = 'hub:'

/** The hubs that a relay serves. Kept in storage, so that it survives an eviction; read from memory. */
export class Registry {
  readonly #kv: SyncKvStorage
  readonly #hubs = new Map<string, Registration>()

  constructor(kv: SyncKvStorage) {
    this.#kv = kv
    for (const [, hub] of kv.list<Registration>({ prefix: HUB })) this.#hubs.set(hub.project_id, hub)
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

  /** Whether the hub is a new one here, or has only said again what is known, which is not written again. */
  set(at: RelayAt, hub: Registration): 'new' | 'changed' | 'same' {
    const known = this.#hubs.get(hub.project_id)
    if (known?.sockets === hub.sockets && known.until === hub.until) return 'same'
    if (!this.at) this.#kv.put(AT, at)
    this.#hubs.set(hub.project_id, hub)
    this.#kv.put(HUB + hub.project_id, hub)
    return known ? 'changed' : 'new'
  }

  delete(project_id: string): void {
    this.#hubs.delete(project_id)
    this.#kv.delete(HUB + project_id)
  }

  /** Forgets hubs whose last token has ended: no socket of theirs can be open. */
  prune(now: number): void {
    for (const { project_id, until } of this.all()) if (until <= now) this.delete(project_id)
  }
}
