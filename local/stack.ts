import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkDatabaseUrl } from '../drizzle/connect.ts'
import { migrate } from '../drizzle/migrate.ts'
import type { BridgeRequest } from './bridge.ts'
import { FolderLockedError } from './lock.ts'
import { startNeonBridge } from './neon.ts'
import { loadCluster, pgliteVersion, startEmbeddedPostgres } from './postgres.ts'
import { startUpstashBridge } from './upstash.ts'

export interface StackOptions {
  /** postgres:// URL of a real server; without it, an embedded one. */
  databaseUrl?: string
  /** redis:// URL of a real server; without it, one in memory. */
  redisUrl?: string
  /** Where the embedded database keeps its data; without it, in memory. */
  dataDir?: string
  /** Told of every request to Neon and to Redis, as the bridges get it. */
  onRequest?: (bridge: 'neon' | 'redis', request: BridgeRequest) => void
  /** Told one line about each part as it comes up. */
  log?: (line: string) => void
}

export interface Stack {
  /** postgres:// URL of the database itself. */
  databaseUrl: string
  /** The Worker's settings for reaching Postgres and Redis. */
  vars: {
    DATABASE_URL: string
    NEON_FETCH_ENDPOINT: string
    UPSTASH_REDIS_REST_URL: string
    UPSTASH_REDIS_REST_TOKEN: string
  }
  close(): Promise<void>
}

/** Nothing connects to this host: the driver requires a complete URL, but sends to NEON_FETCH_ENDPOINT. */
const DRIVER_URL = 'postgresql://flowtrack:local@db.localtest.me/flowtrack'

/** A part of the stack did not start. The message is one line that says why. */
export class StackError extends Error {
  override name = 'StackError'
}

/** The message that says most: the innermost cause's, or the first of several. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  if (error instanceof Error && error.cause instanceof Error) return reasonOf(error.cause)
  if (error instanceof Error) return error.message || error.name
  const { message } = Object(error) as { message?: string } // PGlite's file system throws objects that are no errors
  return message || String(error)
}

/** A URL that may be shown: without its password. */
function hidePassword(url: string): string {
  if (!URL.canParse(url)) return 'the given URL'
  const parsed = new URL(url)
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}

async function startPart<T>(what: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    throw new StackError(`${what}: ${reasonOf(error)}`.replace(/\s*\n\s*/g, ' '), { cause: error })
  }
}

/** Adds to an error of opening `dataDir` what to do, unless another process holds the folder. */
const adviseOn = (dataDir: string | undefined) => (error: unknown) => {
  if (dataDir === undefined || error instanceof FolderLockedError) throw error
  const causes = `${dataDir} may be damaged, or written by another version of the embedded Postgres`
  const way = 'use that version, or move the folder away and start again with an empty database'
  throw new Error(`${reasonOf(error)}. ${causes}: ${way}.`)
}

const drizzle = join(import.meta.dirname, '../drizzle')

/** A migrated cluster, for stacks that have no data yet: to migrate an empty one takes seconds. */
function loadMigratedCluster(): Promise<Blob> {
  const files = readdirSync(drizzle).filter((name) => name.endsWith('.sql'))
  const text = files.sort().map((name) => `${name}\n${readFileSync(join(drizzle, name), 'utf8')}`)
  const fingerprint = createHash('sha256').update(text.join('\n')).digest('hex').slice(0, 16)
  return loadCluster('migrated', `${pgliteVersion}-${fingerprint}`, async () => {
    const postgres = await startEmbeddedPostgres()
    await migrate(postgres.url)
    const copy = await postgres.copy()
    await postgres.close()
    return copy
  })
}

type Closer = () => Promise<void>

async function startDatabase(options: StackOptions, closers: Closer[]): Promise<string> {
  const { databaseUrl, dataDir, log = () => {} } = options
  if (databaseUrl) {
    checkDatabaseUrl(databaseUrl)
    log(`Postgres    ${hidePassword(databaseUrl)}`)
    return databaseUrl
  }
  const what = 'The embedded Postgres did not start'
  const postgres = await startPart(what, () =>
    startEmbeddedPostgres({ dataDir, template: loadMigratedCluster }).catch(adviseOn(dataDir)),
  )
  closers.push(postgres.close)
  log(`Postgres    embedded, ${dataDir ? `data in ${dataDir}` : 'in memory'}: ${postgres.url}`)
  log('            one transaction at a time; time limits (statement_timeout, lock_timeout) hold on a server only')
  return postgres.url
}

async function buildStack(options: StackOptions, closers: Closer[]): Promise<Omit<Stack, 'close'>> {
  const { redisUrl, log = () => {} } = options
  if (redisUrl && !/^rediss?:\/\/[^/]/.test(redisUrl))
    throw new StackError(
      'REDIS_URL is not a URL of Redis: it must look like redis://127.0.0.1:6379, or begin with rediss://.',
    )
  const databaseUrl = await startDatabase(options, closers)
  const where = options.databaseUrl ? ` of ${hidePassword(databaseUrl)}` : ''
  const schema = await startPart(`The migration${where} failed`, () => migrate(databaseUrl))
  log(`Schema      ${schema}`)

  const poolSize = options.databaseUrl ? 20 : 1
  const neon = await startPart('The Neon bridge did not start', () =>
    startNeonBridge({ databaseUrl, poolSize, onRequest: (request) => options.onRequest?.('neon', request) }),
  )
  closers.push(neon.close)
  log(`Neon HTTP   ${neon.url}/sql`)

  const token = randomBytes(24).toString('base64url')
  const upstash = await startPart(
    redisUrl ? `Redis at ${hidePassword(redisUrl)} cannot be used` : 'The Upstash bridge did not start',
    () => startUpstashBridge({ redisUrl, token, onRequest: (request) => options.onRequest?.('redis', request) }),
  )
  closers.push(upstash.close)
  log(`Upstash     ${upstash.url} (Redis ${redisUrl ? `at ${hidePassword(redisUrl)}` : 'in memory'})`)

  const vars = {
    DATABASE_URL: DRIVER_URL,
    NEON_FETCH_ENDPOINT: `${neon.url}/sql`,
    UPSTASH_REDIS_REST_URL: upstash.url,
    UPSTASH_REDIS_REST_TOKEN: token,
  }
  return { databaseUrl, vars }
}

/**
 * Everything the Worker needs, on loopback: a migrated Postgres behind Neon's HTTP protocol and a
 * Redis behind Upstash's. Throws StackError when a part does not start, after stopping the others.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const closers: Closer[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { ...(await buildStack(options, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}
