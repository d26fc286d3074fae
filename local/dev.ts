import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'
import { lockFolder } from './lock.ts'
import { onStop } from './on-stop.ts'
import { type Site, takeRegions } from './regions.ts'
import { readSettings, type Settings, workerSettings } from './settings.ts'
import { reasonOf, StackError, startStack } from './stack.ts'
import { startWorker, type Worker } from './worker.ts'

/*
 * `npm run dev`: the whole backend on this machine, without an account anywhere.
 *
 * Every setting of the Worker can be given too (docs/configuration.md), and these:
 *
 * PORT             the port of the API (default 8787; 0 takes any free port)
 * FLOWTRACK_DATA   the folder for all data (default .flowtrack; `memory` keeps nothing)
 * DATABASE_URL     postgres:// URL of a server to use in place of the embedded one
 * CORS_ORIGINS     origins of pages that may call the API (default: those of this machine)
 * REDIS_URL        redis:// URL of a server to use in place of the one in memory
 *
 * `--regions weur,enam` runs a Worker for each of these regions, on PORT, PORT+1 …, which only
 * Postgres and Redis connect. Further arguments go to `wrangler dev`.
 */

const USAGE = `Usage: PORT=8800 npm run dev -- --regions weur,enam
Settings go into the environment or .dev.vars: docs/configuration.md lists them. --regions runs a Worker for each of
these regions. Further options, such as --var NAME:value, go to wrangler dev.`

/** How often the jobs run: as `crons` in wrangler.toml, which wrangler dev does not follow. */
const JOBS_EVERY_MS = 15 * 60_000

/** Pages that a developer serves from this machine, whatever their port. */
const LOCAL_PAGES = 'http://localhost:*, http://127.0.0.1:*, http://[::1]:*'

/** The names in wrangler.toml's `[secrets]`. Passed in the environment: a list of processes shows arguments. */
const SECRETS = ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN', 'JWT_SECRET']

type Closer = () => void | Promise<void>

const root = join(import.meta.dirname, '..')
const say = (line: string) => console.log(line)
const closers: Closer[] = []
const stopping = new AbortController()

async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

/** The port that PORT asks for. Throws when it is no port number, or in use. */
async function takePort(wanted: string): Promise<number> {
  const port = Number(wanted)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT=${wanted} is not a port: give a number from 0 to 65535.`)
  return findFreePort(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') throw new Error(`Port ${port} is in use: stop what listens there, or set PORT.`)
    throw new Error(`Port ${port} cannot be used: ${error.message}. Set PORT to another one.`)
  })
}

/** The folder of this run's data, locked; for `memory` a temporary one, deleted at the end, without a `dataDir`. */
function openFolder({ FLOWTRACK_DATA }: Settings): { folder: string; dataDir: string | undefined } {
  if (FLOWTRACK_DATA === 'memory') {
    const folder = mkdtempSync(join(tmpdir(), 'flowtrack-'))
    closers.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
    return { folder, dataDir: undefined }
  }
  const folder = resolve(FLOWTRACK_DATA ?? join(root, '.flowtrack'))
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw new Error(
      `${folder} cannot be used (${reasonOf(error)}): set FLOWTRACK_DATA to a folder that can be written.`,
    )
  }
  const lock = lockFolder(folder)
  closers.push(lock.release)
  return { folder, dataDir: join(folder, 'database') }
}

/** Reads the secret of `folder`, or makes one. It is the same at each run, so that people stay signed in. */
function loadJwtSecret(folder: string): string {
  const file = join(folder, 'jwt-secret')
  try {
    writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const secret = readFileSync(file, 'utf8').trim()
  if (secret.length < 32)
    throw new Error(
      `${file} is empty or cut off: delete it, and the next start makes another. Everybody then signs in again.`,
    )
  return secret
}

async function waitUntilHealthy(url: string): Promise<void> {
  const warn_at = Date.now() + 20_000
  let [warned, pause] = [false, 50]
  while (!stopping.signal.aborted) {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(5_000)])
    const status = await fetch(`${url}/healthz`, { signal }).then(
      ({ status }) => status,
      () => undefined,
    )
    if (status === 200) return
    if (!warned && Date.now() > warn_at) {
      warned = true
      say(`Still waiting: ${url}/healthz ${status ? `answers ${status}` : 'does not answer'}.`)
    }
    // A Worker that answers with errors prints one each time: ask it less and less often.
    if (status) pause = Math.min(pause * 2, 5_000)
    await wait(pause, undefined, { signal: stopping.signal }).catch(() => {})
  }
}

const stopped = new Promise<void>((done) => stopping.signal.addEventListener('abort', () => done()))

/** The Workers to run: one, or one for each region on ports that follow each other. */
async function sitesOf(settings: Settings, regions: string[]): Promise<Site[]> {
  const first = await takePort(settings.PORT ?? '8787')
  const sites: Site[] = [{ region: regions[0], port: first }]
  for (const region of regions.slice(1)) {
    const next = settings.PORT === '0' ? '0' : String(first + sites.length)
    sites.push({ region, port: await takePort(next) })
  }
  return sites
}

/** Starts everything. Resolves when a signal has asked it to stop; throws when a Worker has ended by itself. */
async function run(): Promise<void> {
  const { regions, others } = takeRegions(process.argv.slice(2))
  const settings = readSettings({ environment: process.env, file: join(root, '.dev.vars'), args: others })
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = settings
  const sites = await sitesOf(settings, regions)
  const { folder, dataDir } = openFolder(settings)
  const stack = await startStack({ databaseUrl, redisUrl, dataDir, log: say })
  closers.push(stack.close)
  if (stopping.signal.aborted) return
  const { NEON_FETCH_ENDPOINT, ...secrets } = stack.vars
  const given = Object.entries(workerSettings(settings))
  const pickSettings = (isSecret: boolean) =>
    Object.fromEntries(given.filter(([name]) => SECRETS.includes(name) === isSecret))
  const start = ({ region, port }: Site): Worker =>
    startWorker({
      port,
      persistTo: join(folder, region ? `worker-${region}` : 'worker'),
      secrets: { ...secrets, JWT_SECRET: loadJwtSecret(folder), ...pickSettings(true) },
      vars: {
        NEON_FETCH_ENDPOINT,
        CORS_ORIGINS: LOCAL_PAGES,
        ...pickSettings(false),
        ...(region && { REGION: region }),
      },
      extraArguments: others,
      onLine: (line) => void (stopping.signal.aborted || say(region ? `${region}: ${line}` : line)),
    })
  const ends = await startInTurn(sites, start)
  const [site] = sites
  const runJobs = () => site && fetch(`${urlOf(site)}/cdn-cgi/handler/scheduled`).catch(() => {})
  const jobs = setInterval(runJobs, JOBS_EVERY_MS)
  closers.push(() => clearInterval(jobs))
  await Promise.race([...ends, stopped])
  if (!stopping.signal.aborted) throw new Error('The Worker ended: see what wrangler printed above.')
}

/** Starts the Workers one after the other, as each prepares the assets. Returns a promise for the end of each. */
async function startInTurn(sites: Site[], start: (site: Site) => Worker): Promise<Promise<void>[]> {
  const ends: Promise<void>[] = []
  for (const site of sites) {
    if (stopping.signal.aborted) break
    const worker = start(site)
    closers.push(worker.stop)
    ends.push(worker.ended)
    const healthy = waitUntilHealthy(urlOf(site)).then(() => site !== sites.at(-1) || printAddresses(sites))
    if (site !== sites.at(-1)) await Promise.race([healthy, ...ends])
  }
  return ends
}

const urlOf = ({ port }: Site) => `http://127.0.0.1:${port}`

function printAddresses(sites: Site[]): void {
  if (stopping.signal.aborted) return
  const [first = '', ...others] = sites.map(urlOf)
  const regions = sites.map((site) => site.region && `\n  ${site.region.padEnd(10)}${urlOf(site)}`).join('')
  const list = others.length > 0 ? `\nRegions${regions}` : ''
  say(`\nFlowTrack   ${first}\nReference   ${first}/docs\nHealth      ${first}/healthz${list}\nCtrl-C ends it.\n`)
}

onStop(() => stopping.abort())
process.stdout.on('error', () => stopping.abort()) // nobody reads it any more, as after `| head`
try {
  if (process.argv.includes('--help')) say(USAGE)
  else await run()
} catch (error) {
  console.error(`npm run dev: ${error instanceof StackError ? error.message : reasonOf(error)}`)
  process.exitCode = 1
} finally {
  stopping.abort()
  await closeAll()
}
process.exit()
