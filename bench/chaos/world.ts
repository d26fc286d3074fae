import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Stack, startStack } from '../../local/stack.ts'
import { startWorker, type Worker } from '../../local/worker.ts'

/** The tick that the regions of a chaos run are given, in seconds. */
export const TICK_SECONDS = 2

const UP_WITHIN_MS = 90_000

async function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((found) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

type Injected = Record<string, number>

/** One region: a `wrangler dev` of its own, with lanes of its own through the bridges. */
export class Site {
  readonly region: string
  readonly url: string
  readonly #start: () => Worker
  readonly #lanes: { redis: string; neon: string }
  #worker: Worker | null = null

  constructor(region: string, url: string, lanes: { redis: string; neon: string }, start: () => Worker) {
    this.region = region
    this.url = url
    this.#lanes = lanes
    this.#start = start
  }

  get up(): boolean {
    return this.#worker !== null
  }

  async start(): Promise<void> {
    const worker = this.#start()
    const deadline = Date.now() + UP_WITHIN_MS
    for (;;) {
      const ok = await fetch(`${this.url}/healthz`, { signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => status === 200,
        () => false,
      )
      if (ok) break
      if (Date.now() > deadline) throw new Error(`The Worker of ${this.region} does not answer.`)
      await wait(100)
    }
    this.#worker = worker
  }

  /** Every object of the region loses its memory and its sockets at once; their storage stays. */
  async kill(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.kill()
  }

  async stop(): Promise<void> {
    await this.#worker?.stop()
    this.#worker = null
  }

  /** Sets faults, or ends its streams, on the way from this region to Redis or Postgres. */
  async break(what: 'redis' | 'neon', faults: object): Promise<void> {
    await fetch(`${this.#lanes[what]}/control`, { method: 'POST', body: JSON.stringify(faults) })
  }

  async heal(): Promise<void> {
    for (const lane of Object.values(this.#lanes)) await fetch(`${lane}/control`, { method: 'DELETE' })
  }

  async injected(what: 'redis' | 'neon'): Promise<Injected> {
    const answer = await fetch(`${this.#lanes[what]}/control`)
    return ((await answer.json()) as { injected: Injected }).injected
  }
}

export interface World {
  sites: Site[]
  close(): Promise<void>
}

function siteOf(stack: Stack, region: string, port: number, folder: string, JWT_SECRET: string): Site {
  const { NEON_FETCH_ENDPOINT, ...secrets } = stack.vars
  const neon = new URL(`/t/${region}`, NEON_FETCH_ENDPOINT).href
  const redis = new URL(`/t/${region}`, secrets.UPSTASH_REDIS_REST_URL).href
  const vars = {
    HUB_TICK_SECONDS: String(TICK_SECONDS),
    SCRYPT_LOG2_N: '10',
    ACCESS_TTL_SECONDS: '86400',
    LIMIT_ADDRESS: '1000000/60',
    LIMIT_USER: '1000000/60',
  }
  const start = () =>
    startWorker({
      port,
      persistTo: join(folder, region),
      secrets: { ...secrets, UPSTASH_REDIS_REST_URL: redis, JWT_SECRET },
      vars: { ...vars, NEON_FETCH_ENDPOINT: `${neon}/sql`, REGION: region },
      extraArguments: [],
      onLine: (line) => {
        if (process.env.CHAOS_LOG) console.error(`${region}: ${line}`)
      },
    })
  return new Site(region, `http://127.0.0.1:${port}`, { redis, neon }, start)
}

/** Two regions on one Postgres and one Redis, embedded unless DATABASE_URL and REDIS_URL name others. */
export async function openWorld(): Promise<World> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env
  const stack = await startStack({ databaseUrl, redisUrl })
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-chaos-'))
  const secret = randomBytes(48).toString('base64url')
  const sites: Site[] = []
  const close = async () => {
    for (const site of sites) await site.stop()
    await stack.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    for (const region of ['weur', 'enam']) {
      const site = siteOf(stack, region, await freePort(), folder, secret)
      sites.push(site)
      await site.start()
    }
    return { sites, close }
  } catch (error) {
    await close()
    throw error
  }
}
