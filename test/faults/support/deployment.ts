import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findFreePort } from '../../../local/free-port.ts'
import { onStop } from '../../../local/on-stop.ts'
import { type Stack, startStack } from '../../../local/stack.ts'
import type { Region as RegionName } from '../../../src/config/regions.ts'
import { bundleWorker } from './region/bundle.ts'
import { Site } from './site.ts'

/** The tick that the regions of a deployment are given, in seconds. */
export const TICK_SECONDS = 2

/** Settings by which no limit and no deliberate delay hides what a run looks for. */
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

export interface Deployment {
  /** One for each region, in the order that was asked for. */
  sites: [Site, ...Site[]]
  /** The database behind the bridges, by its URL and by a few connections. */
  databaseUrl: string
  sql: pg.Pool
  /** What the Worker is configured with. */
  settings: Record<string, string>
  opened: Date
  /** Sends one command to Redis, through no lane. */
  redis(...command: string[]): Promise<unknown>
  close(): Promise<void>
}

export interface DeploymentOptions {
  /** postgres:// URL of a server; by default DATABASE_URL, and without either an embedded database. */
  databaseUrl?: string
  regions?: RegionName[]
  /** Settings of the Worker, which override UNHINDERED. */
  settings?: Record<string, string>
  /** When it is aborted, the opening fails, and nothing is left running. */
  signal?: AbortSignal
}

async function sendCommand({ vars }: Stack, words: string[]): Promise<unknown> {
  const headers = { Authorization: `Bearer ${vars.UPSTASH_REDIS_REST_TOKEN}` }
  const answer = await fetch(vars.UPSTASH_REDIS_REST_URL, { method: 'POST', headers, body: JSON.stringify(words) })
  return ((await answer.json()) as { result: unknown }).result
}

/** Starts regions on one Postgres and one Redis, embedded unless DATABASE_URL and REDIS_URL name servers. */
export async function openDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { regions = ['weur', 'enam'], settings, signal } = options
  const { DATABASE_URL, REDIS_URL: redisUrl } = process.env
  const stack = await startStack({ databaseUrl: options.databaseUrl ?? DATABASE_URL, redisUrl })
  const { databaseUrl, vars } = stack
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-faults-'))
  const worker = join(folder, 'worker')
  const bindings = { ...vars, ...UNHINDERED, JWT_SECRET: randomBytes(48).toString('base64url'), ...settings }
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  sql.on('error', () => {}) // a run may cut these connections too
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
      const site = new Site(region, { port: await findFreePort(), folder: join(folder, region), worker, bindings })
      sites.push(site)
      await site.start()
    }
    const redis = (...words: string[]) => sendCommand(stack, words)
    return {
      sites: sites as Deployment['sites'],
      databaseUrl,
      sql,
      settings: bindings,
      opened: new Date(),
      redis,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Opens a deployment, runs `run` in it, and ends the process: with status 0 when `run` returned true, else with 1 (128
 * + n after signal n). However it ends (an error of the run itself, Ctrl-C, SIGTERM), the deployment is closed first.
 */
export async function runInDeployment(
  options: DeploymentOptions,
  run: (deployment: Deployment) => Promise<boolean>,
): Promise<never> {
  const stopping = new AbortController()
  const { signal } = stopping
  let code = 1
  const stop = (status: number) => {
    if (!signal.aborted) code = status
    stopping.abort()
  }
  onStop(stop)
  process.on('uncaughtException', (error) => {
    if (!signal.aborted) console.error(error) // when a run is stopped, its requests fail as expected
    stop(1)
  })
  try {
    const stopped = once(signal, 'abort').then(() => false)
    const deployment = await openDeployment({ ...options, signal })
    const good = await Promise.race([run(deployment), stopped]).finally(() => deployment.close())
    if (!signal.aborted) code = good ? 0 : 1
  } catch (error) {
    if (!signal.aborted) console.error(error)
  }
  process.exit(code)
}
