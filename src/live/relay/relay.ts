import { DurableObject } from 'cloudflare:workers'
import { type Config, configOf } from '../../config/config.ts'
import { openDatabase } from '../../db/client.ts'
import { coalesceCalls } from '../../lib/coalesce.ts'
import { log } from '../../lib/log.ts'
import { newMeter } from '../../lib/meter.ts'
import { openCache } from '../../redis/client.ts'
import type { Announcement } from '../event.ts'
import { JoinedSends, MAX_TO_HUB } from '../joined-sends.ts'
import { channelOf, hubName } from '../places.ts'
import type { PresentPerson } from '../presence.ts'
import type { Registration, RelayAt } from '../relay-client.ts'
import { retryOnce } from '../rpc.ts'
import { Listener } from './listener.ts'
import type { RelayMessage } from './message.ts'
import { selectHeads } from './queries.ts'
import { Registry } from './registry.ts'
import { RemotePresence } from './remote-presence.ts'
import { openStream } from './stream.ts'

/**
 * Listens on Redis for the hubs of one region (and one share of the projects), so that they may
 * sleep: a pending fetch would keep each of them awake. Redis delivers news quickly, but may lose some. The
 * alarm asks Postgres, and so finds what was lost. Without hubs it listens to nothing and costs nothing.
 */
export class RegionRelay extends DurableObject<Env> {
  readonly #config: Config
  readonly #registry: Registry
  readonly #listener: Listener
  readonly #sends = new JoinedSends(MAX_TO_HUB, Number.POSITIVE_INFINITY)
  readonly #presence: RemotePresence
  /** The seq that each hub returned when it was last told something, by project. */
  readonly #reached = new Map<string, number>()
  readonly #checkAll = coalesceCalls(() => this.#check(this.#registry.all()))

  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    this.#config = configOf(env)
    this.#registry = new Registry(state.storage.kv)
    this.#presence = new RemotePresence({
      registry: this.#registry,
      waitUntil: (work) => state.waitUntil(work),
      tick_ms: this.#config.HUB_TICK_SECONDS * 1000,
      publish: ({ shard }, message) => openCache(this.#config).publish(this.#channel(shard), message),
      hub: (project_id) => this.#hub(project_id),
    })
    this.#listener = new Listener({
      open: (onMessage) => openStream(this.#config, this.#channel(), onMessage),
      onMessage: (message, size) => this.#onMessage(message, size),
      onGap: () => state.waitUntil(this.#checkAll()),
      ping: () => openCache(this.#config).publish(this.#channel(), { ping: state.id.toString() }),
    })
  }

  /** A hub says whose sockets it holds. May be repeated; without holders it is forgotten. */
  async register(at: RelayAt, hub: Registration): Promise<void> {
    if (hub.holders.length === 0) {
      this.#registry.delete(hub.project_id)
      this.#reached.delete(hub.project_id)
      if (this.#registry.size === 0) await this.#rest()
      return
    }
    const change = this.#registry.set(at, hub)
    if ((await this.ctx.storage.getAlarm()) === null) await this.#wakeAgain()
    this.ctx.waitUntil(this.#listener.start())
    if (change !== 'same') this.#reached.delete(hub.project_id) // a newcomer may be behind: the next tick tells its hub again
    if (change === 'new') this.ctx.waitUntil(this.#check([hub])) // what was published before we knew of it
  }

  /** A hub says who is on its board; returns who is there in other regions. May be repeated. */
  async show(at: RelayAt, project_id: string, users: PresentPerson[]): Promise<PresentPerson[]> {
    return this.#presence.sync(at, project_id, users)
  }

  /** Finds the events that lost messages did not bring (I5), and reopens the stream if needed. */
  override async alarm(): Promise<void> {
    this.#registry.prune(Date.now())
    if (this.#registry.size === 0) return this.#rest()
    await this.#wakeAgain() // before anything that might fail or hang
    if (this.#registry.size === 0) return this.#rest() // the last hub left meanwhile
    this.ctx.waitUntil(this.#listener.start().then(() => this.#listener.tick()))
    this.ctx.waitUntil(this.#checkAll())
    this.ctx.waitUntil(this.#presence.tick())
  }

  async #wakeAgain(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + this.#config.HUB_TICK_SECONDS * 1000)
  }

  async #rest(): Promise<void> {
    this.#listener.stop()
    this.#reached.clear()
    this.#presence.clear()
    await this.ctx.storage.deleteAlarm()
  }

  #channel(shard = this.#registry.at?.shard ?? 0): string {
    return channelOf(shard, this.#config.RELAY_SHARDS)
  }

  #onMessage(message: RelayMessage, size: number): void {
    if ('ping' in message || message.origin === this.#registry.at?.region) return
    if ('presence' in message) {
      this.ctx.waitUntil(this.#presence.receive(message))
    } else if ('look' in message) {
      for (const id of message.look) if (this.#registry.get(id)) this.ctx.waitUntil(this.#recheck(id))
    } else if (this.#registry.get(message.project_id)) {
      const { origin: _, ...news } = message
      this.ctx.waitUntil(this.#sends.send(news.project_id, news, size, (all) => this.#tell(all)))
    }
  }

  /** Asks Postgres about these hubs' projects, and tells those that lag. Never rejects. */
  async #check(hubs: Registration[]): Promise<void> {
    if (hubs.length === 0) return
    try {
      const rows = await selectHeads(openDatabase(this.#config, newMeter()), hubs)
      await Promise.all(
        rows.map(async ({ project_id, head, must_check }) => {
          if (head === null || must_check) await this.#recheck(project_id)
          else if ((this.#reached.get(project_id) ?? -1) < head) await this.#tell({ project_id, head, events: [] })
        }),
      )
    } catch (error) {
      log.warn('relay_check_failed', { error }) // the next tick tries again
    }
  }

  async #tell(news: Announcement): Promise<void> {
    try {
      this.#reached.set(news.project_id, await retryOnce(() => this.#hub(news.project_id).announce(news)))
    } catch (error) {
      log.warn('relay_hub_not_reached', { project_id: news.project_id, error })
    }
  }

  /** Tells a hub to ask Postgres itself. Never rejects. */
  async #recheck(project_id: string): Promise<void> {
    await retryOnce(() => this.#hub(project_id).recheck()).catch((error: unknown) =>
      log.warn('relay_hub_not_reached', { project_id, error }),
    )
  }

  #hub(project_id: string) {
    const at = this.#registry.at
    if (!at) throw new Error('No hub has registered')
    return this.env.PROJECT_HUB.getByName(hubName(project_id, at.region))
  }
}
