import type { Config } from '../../env.ts'
import { log } from '../../log.ts'
import type { Connection } from '../connection.ts'
import type { Present } from '../presence.ts'
import { GLOBAL, hashOf, near, type Region, relayName, shardOf } from '../region.ts'
import { orAgain } from '../rpc.ts'
import type { Sockets } from '../sockets.ts'
import { coalesced } from './coalesce.ts'
import type { Registration, RelayAt } from './registry.ts'

type Where = { project_id: string; region: Region }

/** A hub's side of the relay: says whose sockets the hub holds, whenever that changes. */
export class Registrar {
  readonly #env: Pick<Env, 'REGION_RELAY'>
  readonly #config: Config
  readonly #sockets: Sockets
  readonly #register = coalesced(() => this.#say())
  #where: Where | null = null

  constructor(env: Pick<Env, 'REGION_RELAY'>, config: Config, sockets: Sockets) {
    this.#env = env
    this.#config = config
    this.#sockets = sockets
  }

  /** Whether a relay now watches over this hub; if not, the hub's own alarm must. Never rejects. */
  async tell({ project_id, place }: Pick<Connection, 'project_id' | 'place'>): Promise<boolean> {
    if (place === GLOBAL) return false
    this.#where = { project_id, region: place }
    try {
      await this.#register()
      return true
    } catch (error) {
      log.warn('relay_not_told', { project_id, error })
      return false
    }
  }

  /** Says who is on the board here, and returns who is there in other regions. */
  async exchange(
    { project_id, place }: Pick<Connection, 'project_id' | 'place'>,
    users: Present[],
  ): Promise<Present[]> {
    if (place === GLOBAL) return []
    const shard = shardOf(project_id, this.#config.RELAY_SHARDS)
    const at = { region: place, shard }
    return orAgain(() => this.#relay(at).show(at, project_id, users))
  }

  #relay({ region, shard }: RelayAt) {
    return this.#env.REGION_RELAY.getByName(relayName(region, shard), near(region))
  }

  async #say(): Promise<void> {
    if (!this.#where) return
    const { project_id, region } = this.#where
    const shard = shardOf(project_id, this.#config.RELAY_SHARDS)
    const hub: Registration = { project_id, holders: [], until: 0, sockets: 0 }
    const known = new Set<string>()
    for (const [, { user_id, session_id, connection_id, epoch, expires_at }] of this.#sockets.open()) {
      const holder = `${session_id} ${epoch}`
      if (!known.has(holder)) hub.holders.push({ user_id, session_id, epoch }) // once, however many tabs it has
      known.add(holder)
      hub.until = Math.max(hub.until, expires_at)
      hub.sockets ^= hashOf(connection_id) // in whatever order
    }
    await orAgain(() => this.#relay({ region, shard }).register({ region, shard }, hub))
  }
}
