import type { Config } from '../config/config.ts'
import type { Region } from '../config/regions.ts'
import { coalesceCalls } from '../lib/coalesce.ts'
import { hashOf } from '../lib/hash.ts'
import { log } from '../lib/log.ts'
import type { Connection } from './connection.ts'
import { GLOBAL, locationOf, relayName, shardOf } from './places.ts'
import type { PresentPerson } from './presence.ts'
import { retryOnce } from './rpc.ts'
import type { Sockets } from './sockets.ts'

type HubLocation = { project_id: string; region: Region }

/** A hub's side of the relay: says whose sockets the hub holds, whenever that changes. */
export class RelayClient {
  readonly #env: Pick<Env, 'REGION_RELAY'>
  readonly #config: Config
  readonly #sockets: Sockets
  readonly #register = coalesceCalls(() => this.#report())
  #location: HubLocation | null = null

  constructor(env: Pick<Env, 'REGION_RELAY'>, config: Config, sockets: Sockets) {
    this.#env = env
    this.#config = config
    this.#sockets = sockets
  }

  /** Whether a relay now watches over this hub; if not, the hub's own alarm must. Never rejects. */
  async register({ project_id, place }: Pick<Connection, 'project_id' | 'place'>): Promise<boolean> {
    if (place === GLOBAL) return false
    this.#location = { project_id, region: place }
    try {
      await this.#register()
      return true
    } catch (error) {
      log.warn('relay_not_reached', { project_id, error })
      return false
    }
  }

  /** Says who is on the board here, and returns who is there in other regions. */
  async syncPresence(
    { project_id, place }: Pick<Connection, 'project_id' | 'place'>,
    users: PresentPerson[],
  ): Promise<PresentPerson[]> {
    if (place === GLOBAL) return []
    const shard = shardOf(project_id, this.#config.RELAY_SHARDS)
    const at = { region: place, shard }
    return retryOnce(() => this.#relayOf(at).show(at, project_id, users))
  }

  #relayOf({ region, shard }: RelayAt) {
    return this.#env.REGION_RELAY.getByName(relayName(region, shard), locationOf(region))
  }

  async #report(): Promise<void> {
    if (!this.#location) return
    const { project_id, region } = this.#location
    const shard = shardOf(project_id, this.#config.RELAY_SHARDS)
    const hub: Registration = { project_id, holders: [], until: 0, sockets: 0 }
    const known = new Set<string>()
    for (const [, { user_id, session_id, connection_id, epoch, expires_at }] of this.#sockets.open()) {
      const holder = `${session_id} ${epoch}`
      if (!known.has(holder)) hub.holders.push({ user_id, session_id, epoch }) // once, however many tabs it has
      known.add(holder)
      hub.until = Math.max(hub.until, expires_at)
      hub.sockets ^= hashOf(connection_id) // the same in any order
    }
    await retryOnce(() => this.#relayOf({ region, shard }).register({ region, shard }, hub))
  }
}

/** Whose sockets a hub holds; the same person may be there with several sessions. */
export type Holder = { user_id: string; session_id: string; epoch: string }

/**
 * What a hub reports about itself: the whole state each time, so that a report may be repeated or late.
 * Without holders the hub needs no more news. `until` is when the last of its tokens ends (milliseconds
 * since 1970): a hub that ended without a report is forgotten then.
 */
export type Registration = {
  project_id: string
  holders: Holder[]
  until: number
  /** A fingerprint of the sockets: while it is the same, nobody has come or gone. */
  sockets: number
}

/** Which relay this is: objects don't know their own name everywhere. */
export type RelayAt = { region: Region; shard: number }
