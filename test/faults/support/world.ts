import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stack, startStack } from '../../../local/stack.ts'
import type { Region as RegionName } from '../../../src/realtime/region.ts'
import { bundleWorker } from './region/bundle.ts'
import { type Command, Region } from './region/process.ts'

/** The tick that the regions of a chaos run are given, in seconds. */
export const TICK_SECONDS = 2

/** A port that nobody uses. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((found) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

type Injected = Record<string, number>

/** One region: a workerd of its own, with lanes of its own through the bridges. */
export class Site {
  readonly region: RegionName
  readonly url: string
  readonly #start: () => Promise<Region>
  readonly #lanes: { redis: string; neon: string }
  #running: Region | null = null

  constructor(region: RegionName, url: string, lanes: { redis: string; neon: string }, start: () => Promise<Region>) {
    this.region = region
    this.url = url
    this.#lanes = lanes
    this.#start = start
  }

  get up(): boolean {
    return this.#running !== null
  }

  async start(): Promise<void> {
    this.#running = await this.#start()
  }

  /** Every object of the region loses its memory and its sockets at once; their storage stays. */
  async kill(): Promise<void> {
    const running = this.#running
    this.#running = null
    await running?.kill()
  }

  /** One object loses its memory. Whether it was there to lose it. */
  async order(command: Command): Promise<boolean> {
    return (await this.#running?.order(command)) ?? false
  }

  /** Sets faults, or ends its streams, on the way from this region to Redis or Postgres. */
  async break(what: 'redis' | 'neon', faults: object): Promise<void> {
    await fetch(`${this.#lanes[what]}/control`, { method: 'POST', body: JSON.stringify(faults) })
  }

  async heal(): Promise<void> {
    for (const lane of Object.values(this.#lanes)) await fetch(`${lane}/control`, { method: 'DELETE' })
  }

  /** Streams that this region has open to Redis. */
  async streams(): Promise<number> {
    const answer = await fetch(`${this.#lanes.redis}/control`)
    return ((await answer.json()) as { streams: number }).streams
  }

  async injected(what: 'redis' | 'neon'): Promise<Injected> {
    const answer = await fetch(`${this.#lanes[what]}/control`)
    return ((await answer.json()) as { injected: Injected }).injected
  }
}

export interface World {
  sites: Site[]
  /** postgres:// URL of the database behind the bridges. */
  databaseUrl: string
  /** One command to Redis, past all lanes. */
  redis(...command: string[]): Promise<unknown>
  close(): Promise<void>
}

type Settings = Record<string, string>
type Plan = { region: RegionName; port: number; folder: string; secret: string; more: Settings }

function siteOf(stack: Stack, { region, port, folder, secret, more }: Plan): Site {
  const { NEON_FETCH_ENDPOINT, ...secrets } = stack.vars
  const neon = new URL(`/t/${region}`, NEON_FETCH_ENDPOINT).href
  const redis = new URL(`/t/${region}`, secrets.UPSTASH_REDIS_REST_URL).href
  const settings = {
    HUB_TICK_SECONDS: String(TICK_SECONDS),
    SCRYPT_LOG2_N: '10',
    ACCESS_TTL_SECONDS: '86400',
    LOGIN_REFUSAL_MS: '0',
    LIMIT_ADDRESS: '1000000/60',
    LIMIT_USER: '1000000/60',
    ...more,
  }
  const lanes = { NEON_FETCH_ENDPOINT: `${neon}/sql`, UPSTASH_REDIS_REST_URL: redis }
  const bindings = { ...secrets, ...settings, ...lanes, JWT_SECRET: secret, REGION: region }
  const log = process.env.CHAOS_LOG !== undefined
  const start = () =>
    Region.start({ port, folder: join(folder, region), worker: join(folder, 'worker'), bindings, log })
  return new Site(region, `http://127.0.0.1:${port}`, { redis, neon }, start)
}

async function command({ vars }: Stack, words: string[]): Promise<unknown> {
  const headers = { Authorization: `Bearer ${vars.UPSTASH_REDIS_REST_TOKEN}` }
  const answer = await fetch(vars.UPSTASH_REDIS_REST_URL, { method: 'POST', headers, body: JSON.stringify(words) })
  return ((await answer.json()) as { result: unknown }).result
}

/** Regions on one Postgres and one Redis, embedded unless DATABASE_URL and REDIS_URL name others. */
export async function openWorld(regions: RegionName[] = ['weur', 'enam'], more: Settings = {}): Promise<World> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env
  const stack = await startStack({ databaseUrl, redisUrl })
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-chaos-'))
  const secret = randomBytes(48).toString('base64url')
  const sites: Site[] = []
  const close = async () => {
    for (const site of sites) await site.kill()
    await stack.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await bundleWorker(join(folder, 'worker'))
    for (const region of regions) {
      const site = siteOf(stack, { region, port: await freePort(), folder, secret, more })
      sites.push(site)
      await site.start()
    }
    return { sites, databaseUrl: stack.databaseUrl, redis: (...words) => command(stack, words), close }
  } catch (error) {
    await close()
    throw error
  }
}
