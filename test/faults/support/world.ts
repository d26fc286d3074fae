import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../local/free-port.ts'
import { onStop } from '../../../local/on-stop.ts'
import { type Stack, startStack } from '../../../local/stack.ts'
import type { Region as RegionName } from '../../../src/config/regions.ts'
import { bundleWorker } from './region/bundle.ts'
import { Site } from './site.ts'

/** The tick that the regions of a world are given, in seconds. */
export const TICK_SECONDS = 2

/** So that no limit and no deliberate slowness hides what a run looks for. */
const UNHINDERED = {
  HUB_TICK_SECONDS: String(TICK_SECONDS),
  SCRYPT_LOG2_N: '10',
  ACCESS_TTL_SECONDS: '86400',
  LOGIN_REFUSAL_MS: '0',
  LIMIT_ADDRESS: '1000000/60',
  LIMIT_USER: '1000000/60',
  LIMIT_KEYED: '1000000/60',
  QUOTA_BOARD_SOCKETS: '1000000',
  QUOTA_SOCKETS: '1000000',
  QUOTA_TICKETS: '1000000',
}

export interface World {
  /** One for each region, in the order that was asked for. */
  sites: [Site, ...Site[]]
  /** The database behind the bridges, by its URL and by a few connections. */
  databaseUrl: string
  sql: pg.Pool
  /** What the Worker is configured with. */
  settings: Record<string, string>
  opened: Date
  /** One command to Redis, past all lanes. */
  redis(...command: string[]): Promise<unknown>
  close(): Promise<void>
}

export interface WorldOptions {
  /** Of a Postgres server, if not that of DATABASE_URL; without either, an embedded one. */
  databaseUrl?: string
  regions?: RegionName[]
  /** Of the Worker, laid over those that hinder nobody. */
  settings?: Record<string, string>
  /** When this is aborted, the opening fails, with nothing left. */
  signal?: AbortSignal
}

async function command({ vars }: Stack, words: string[]): Promise<unknown> {
  const headers = { Authorization: `Bearer ${vars.UPSTASH_REDIS_REST_TOKEN}` }
  const answer = await fetch(vars.UPSTASH_REDIS_REST_URL, { method: 'POST', headers, body: JSON.stringify(words) })
  return ((await answer.json()) as { result: unknown }).result
}

/** Regions on one Postgres and one Redis, embedded unless DATABASE_URL and REDIS_URL name others. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { regions = ['weur', 'enam'], settings, signal } = options
  const { DATABASE_URL, REDIS_URL: redisUrl } = process.env
  const stack = await startStack({ databaseUrl: options.databaseUrl ?? DATABASE_URL, redisUrl })
  const { databaseUrl, vars } = stack
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-world-'))
  const worker = join(folder, 'worker')
  const bindings = { ...vars, ...UNHINDERED, JWT_SECRET: randomBytes(48).toString('base64url'), ...settings }
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  sql.on('error', () => {}) // a run may cut ours, too
  const sites: Site[] = []
  const close = async () => {
    for (const site of sites) await site.end()
    await sql.end()
    await stack.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await bundleWorker(worker, signal)
    for (const region of regions) {
      signal?.throwIfAborted()
      const site = new Site(region, { port: await freePort(), folder: join(folder, region), worker, bindings })
      sites.push(site)
      await site.start()
    }
    const redis = (...words: string[]) => command(stack, words)
    return { sites: sites as World['sites'], databaseUrl, sql, settings: bindings, opened: new Date(), redis, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Opens a world, runs something in it, and ends the process: with 0 when it found all well, with 1 when
 * not. However it ends (a fault of the run's own, Ctrl-C, SIGTERM), the world is closed before.
 */
export async function runInWorld(options: WorldOptions, run: (world: World) => Promise<boolean>): Promise<never> {
  const stopping = new AbortController()
  const { signal } = stopping
  let code = 1
  const stop = (its: number) => {
    if (!signal.aborted) code = its
    stopping.abort()
  }
  onStop(stop)
  process.on('uncaughtException', (error) => {
    if (!signal.aborted) console.error(error) // what is under way when a run is stopped fails, of course
    stop(1)
  })
  try {
    const stopped = once(signal, 'abort').then(() => false)
    const world = await openWorld({ ...options, signal })
    const good = await Promise.race([run(world), stopped]).finally(() => world.close())
    if (!signal.aborted) code = good ? 0 : 1
  } catch (error) {
    if (!signal.aborted) console.error(error)
  }
  process.exit(code)
}
