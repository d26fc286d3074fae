import { log } from '../../lib/log.ts'
import { mergePresent, type PresentPerson } from '../presence.ts'
import type { RelayAt } from '../relay-client.ts'
import type { Presence } from './message.ts'
import type { Registry } from './registry.ts'

/** Ticks after which a region that says nothing more counts as dead. */
const LIFE_TICKS = 3
/** Boards in one message: with a hundred people on each it stays below Upstash's 1 MB. */
const BOARDS_PER_MESSAGE = 50

type List = { users: PresentPerson[]; at: number; until: number }
type Hub = { present(): Promise<PresentPerson[]>; setElsewhere(users: PresentPerson[]): Promise<void> }

type Deps = {
  registry: Registry
  waitUntil: (work: Promise<void>) => void
  tick_ms: number
  publish: (at: RelayAt, message: Presence) => Promise<unknown>
  hub: (project_id: string) => Hub
}

/**
 * Who is on the boards of this region, and of the others. In memory only: each region sends its whole lists again at
 * every tick, so a lost message is replaced by the next, and a region that stops sending is forgotten.
 */
export class RemotePresence {
  readonly #deps: Deps
  readonly #own = new Map<string, PresentPerson[]>()
  readonly #others = new Map<string, Map<string, List>>()

  /** What each hub was last told of other regions, and which hubs are being told just now. */
  readonly #told = new Map<string, string>()
  readonly #telling = new Set<string>()
  /** Until then, lists of other regions may be missing. In milliseconds since 1970. */
  readonly #complete_at: number

  constructor(deps: Deps) {
    this.#deps = deps
    this.#complete_at = Date.now() + LIFE_TICKS * deps.tick_ms
  }

  /** A hub says who is on its sockets. Returns who is on the board in other regions. */
  async sync(at: RelayAt, project_id: string, users: PresentPerson[]): Promise<PresentPerson[]> {
    const changed = JSON.stringify(this.#own.get(project_id)) !== JSON.stringify(users)
    this.#own.set(project_id, users)
    if (changed) this.#deps.waitUntil(this.#publish(at, [project_id]))
    return this.#peopleElsewhere(project_id)
  }

  /** Takes another region's list of people. Only boards that are open in this region matter. */
  async receive({ presence, origin, at: said_at }: Presence): Promise<void> {
    const now = Date.now()
    const { at } = this.#deps.registry
    const met: string[] = []
    const boards = presence.filter(({ project_id }) => this.#deps.registry.get(project_id))
    const work = boards.map(async ({ project_id, users }) => {
      const regions = this.#others.get(project_id) ?? new Map<string, List>()
      const known = regions.get(origin)
      if (known && known.at > said_at && known.until > now) return // a newer list came first
      // A region that is new to us may not know this one either: it is sent our list.
      if (!known?.users.length && users.length > 0) met.push(project_id)
      this.#others.set(project_id, regions)
      regions.set(origin, { users, at: said_at, until: now + LIFE_TICKS * this.#deps.tick_ms })
      await this.#tell(project_id)
    })
    await Promise.all(work)
    if (at) await this.#publish(at, met)
  }

  /** Sends all lists again, forgets dead regions, and asks the hubs whose list is missing. Never rejects. */
  async tick(): Promise<void> {
    const { at } = this.#deps.registry
    const project_ids = this.#deps.registry.all().map(({ project_id }) => project_id)
    const served = new Set(project_ids)
    for (const id of [...this.#own.keys(), ...this.#others.keys()]) if (!served.has(id)) this.#forget(id)
    for (const id of project_ids) this.#expire(id)
    await Promise.all(project_ids.filter((id) => !this.#own.has(id)).map((id) => this.#ask(id)))
    await Promise.all([...project_ids.map((id) => this.#tell(id)), at && this.#publish(at, project_ids)])
  }

  clear(): void {
    this.#own.clear()
    this.#others.clear()
    this.#told.clear()
  }

  #forget(project_id: string): void {
    this.#own.delete(project_id)
    this.#others.delete(project_id)
    this.#told.delete(project_id)
  }

  #peopleElsewhere(project_id: string): PresentPerson[] {
    const lists = this.#others.get(project_id)?.values() ?? []
    return mergePresent([...lists].flatMap(({ users }) => users))
  }

  #expire(project_id: string): void {
    const regions = this.#others.get(project_id)
    for (const [region, { until }] of regions ?? []) if (until <= Date.now()) regions?.delete(region)
  }

  /**
   * Sends a hub the list of people in other regions, again until it has the newest one. Makes one call at a time, so
   * that none overtakes another.
   */
  async #tell(project_id: string): Promise<void> {
    if (this.#telling.has(project_id)) return
    this.#telling.add(project_id)
    try {
      // After a restart the lists of other regions take a while to arrive: keep people until then.
      const before = Date.now() < this.#complete_at ? '[]' : undefined
      for (;;) {
        const users = this.#peopleElsewhere(project_id)
        const telling = JSON.stringify(users)
        if ((this.#told.get(project_id) ?? before) === telling) return
        await this.#deps.hub(project_id).setElsewhere(users)
        this.#told.set(project_id, telling)
      }
    } catch (error) {
      log.warn('presence_not_delivered', { project_id, error }) // the next tick tries again
    } finally {
      this.#telling.delete(project_id)
    }
  }

  /** Asks a hub for its list, which is lost after a restart of the relay: a sleeping hub does not send it by itself. */
  async #ask(project_id: string): Promise<void> {
    try {
      const users = await this.#deps.hub(project_id).present()
      if (!this.#own.has(project_id)) this.#own.set(project_id, users)
    } catch (error) {
      log.warn('presence_not_asked', { project_id, error })
    }
  }

  /** Sends this region's lists to the others. A lost message is sent again at the next tick. Never rejects. */
  async #publish(at: RelayAt, project_ids: readonly string[]): Promise<void> {
    const presence = project_ids.flatMap((project_id) => {
      const users = this.#own.get(project_id)
      return users ? [{ project_id, users }] : []
    })
    for (let i = 0; i < presence.length; i += BOARDS_PER_MESSAGE) {
      const message = { presence: presence.slice(i, i + BOARDS_PER_MESSAGE), origin: at.region, at: Date.now() }
      await this.#deps.publish(at, message).catch((error: unknown) => log.warn('presence_not_published', { error }))
    }
  }
}
