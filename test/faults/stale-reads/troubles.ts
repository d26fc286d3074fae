import { setTimeout as wait } from 'node:timers/promises'
import type { Deployment } from '../support/deployment.ts'
import type { Site } from '../support/site.ts'
import type { Certainty } from './guests.ts'
import { type Deps, edit, pick } from './people.ts'

/** The faults between a region and Redis. `lost`: a command of the region may never arrive. */
const KINDS = {
  drop: { faults: { drop: 0.4 }, lost: true },
  answer_lost: { faults: { commit_then_drop: 0.4 }, lost: false },
  refused: { faults: { error: 0.4 }, lost: true },
  reorder: { faults: { late: 0.5, late_ms: 500 }, lost: false },
  slow: { faults: { latency_ms: 300 }, lost: false },
  stop: { faults: { down: true }, lost: true },
} as const
const HEALTHY = { drop: 0, commit_then_drop: 0, error: 0, late: 0, latency_ms: 0, down: false }

/** The time between two faults of a region, in ms: longer than the region avoids Redis after one. */
const CALM_MS = 8_000

export type Kind = keyof typeof KINDS | 'evicted' | 'nonsense'
export type Injected = Record<Kind, number>
const noInjections = (): Injected => ({
  drop: 0,
  answer_lost: 0,
  refused: 0,
  reorder: 0,
  slow: 0,
  stop: 0,
  evicted: 0,
  nonsense: 0,
})

/** Injects faults in one region after the other until `done`, every kind in turn. */
export class Troubles implements Certainty {
  readonly injected = noInjections()
  readonly #redis: Deployment['redis']
  readonly #deps: Deps
  /** By region: how often its connection to Redis has changed, and whether commands may get lost on it now. */
  readonly #connections = new Map<Site, { changes: number; lost: boolean }>()

  constructor(deps: Deps, redis: Deployment['redis']) {
    this.#deps = deps
    this.#redis = redis
    for (const site of deps.sites) this.#connections.set(site, { changes: 0, lost: false })
  }

  versionOf(site: Site): number | undefined {
    const connection = this.#connections.get(site)
    return connection?.lost ? undefined : connection?.changes
  }

  /** Every kind once, and then again and again. */
  async make(): Promise<void> {
    const { sites, done } = this.#deps
    const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[]
    for (let n = 0; !done(); n++) {
      const site = sites[n % sites.length] as Site
      await this.#spoil()
      await this.#break(site, kinds[n % kinds.length] ?? 'drop')
      await this.#calm()
    }
  }

  async #break(site: Site, kind: keyof typeof KINDS): Promise<void> {
    const { faults, lost } = KINDS[kind]
    const connection = this.#connections.get(site)
    if (!connection) return
    connection.lost = lost // first: from here on nothing is certain
    connection.changes += 1
    const before = await site.injected('redis')
    await site.break('redis', faults)
    await this.#edit(site)
    await wait(300 + 700 * this.#deps.dice())
    await this.#edit(site)
    await site.break('redis', HEALTHY)
    const after = await site.injected('redis')
    const count = (all: Record<string, number>) => Object.values(all).reduce((sum, n) => sum + n, 0)
    this.injected[kind] += count(after) - count(before)
    connection.lost = false
    connection.changes += 1
  }

  /** Makes an edit in each project, so that writes of quiet boards get lost too. */
  async #edit(site: Site): Promise<void> {
    await Promise.all(this.#deps.projects.map((project) => edit(this.#deps, site, project)))
  }

  /** Deletes heads from Redis, as when it is full, or sets them to values that the Worker never writes. */
  async #spoil(): Promise<void> {
    for (const { id } of this.#deps.projects) {
      const key = `project:${id}:head`
      if (this.#deps.dice() < 0.5) {
        await this.#redis('DEL', key)
        this.injected.evicted += 1
      } else {
        await this.#redis('SET', key, pick(this.#deps.dice, ['nonsense', '', '{}', '12']))
        this.injected.nonsense += 1
      }
    }
  }

  /** Waits before the next region's turn, so that the regions never have the same fault at once. */
  async #calm(): Promise<void> {
    const until = Date.now() + CALM_MS / this.#deps.sites.length
    while (Date.now() < until && !this.#deps.done()) await wait(50)
  }
}
