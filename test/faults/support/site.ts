import type { Region as RegionName } from '../../../src/config/regions.ts'
import { type Command, Region, type RegionOptions } from './region/process.ts'

export type Injected = Record<string, number>

/** A server that a region reaches through a bridge, by a lane that can be broken. */
export type Backend = 'redis' | 'neon'

/** One region: a workerd of its own, with lanes of its own through the bridges. */
export class Site {
  readonly region: RegionName
  readonly url: string
  readonly #options: RegionOptions
  readonly #lanes: Record<Backend, string>
  #running: Promise<Region> | null = null
  #up = false
  #ended = false

  constructor(region: RegionName, options: RegionOptions) {
    const { NEON_FETCH_ENDPOINT, UPSTASH_REDIS_REST_URL } = options.bindings
    const laneOf = (url: string | undefined) => new URL(`/t/${region}`, url).href
    this.region = region
    this.url = `http://127.0.0.1:${options.port}`
    this.#lanes = { neon: laneOf(NEON_FETCH_ENDPOINT), redis: laneOf(UPSTASH_REDIS_REST_URL) }
    const { neon, redis } = this.#lanes
    const lanes = { NEON_FETCH_ENDPOINT: `${neon}/sql`, UPSTASH_REDIS_REST_URL: redis }
    this.#options = { ...options, bindings: { ...options.bindings, ...lanes, REGION: region } }
  }

  get up(): boolean {
    return this.#up
  }

  async start(): Promise<void> {
    if (this.#ended) throw new Error('The region has been ended, and cannot start again')
    this.#running = Region.start(this.#options)
    await this.#running
    this.#up = true
  }

  /** Every object of the region loses its memory and its sockets at once; their storage stays. */
  async kill(): Promise<void> {
    const running = this.#running
    this.#running = null
    this.#up = false
    const region = await running?.catch(() => undefined) // it may not have come up
    await region?.kill()
  }

  /** Kills the region; it cannot start again. */
  async end(): Promise<void> {
    this.#ended = true
    await this.kill()
  }

  /** Runs a command in the region. Returns false when it failed, or when the region is not running. */
  async order(command: Command): Promise<boolean> {
    return (await (await this.#running)?.order(command)) ?? false
  }

  /** Sets faults, or ends its streams, on the way from this region to Redis or Postgres. */
  async break(what: Backend, faults: object): Promise<void> {
    await fetch(`${this.#lanes[what]}/control`, { method: 'POST', body: JSON.stringify(faults) })
  }

  /** Removes all faults. */
  async heal(): Promise<void> {
    for (const lane of Object.values(this.#lanes)) await fetch(`${lane}/control`, { method: 'DELETE' })
  }

  /** Streams that this region has open to Redis. */
  async streams(): Promise<number> {
    return (await this.#readControl('redis')).streams
  }

  /** How often each fault was injected since the last `heal`. */
  async injected(what: Backend): Promise<Injected> {
    return (await this.#readControl(what)).injected
  }

  async #readControl(what: Backend): Promise<{ streams: number; injected: Injected }> {
    return (await (await fetch(`${this.#lanes[what]}/control`)).json()) as { streams: number; injected: Injected }
  }
}
