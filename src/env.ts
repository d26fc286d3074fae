import * as z from 'zod'
import type { Head } from './cache/heads.ts'
import type { Cache } from './cache/store.ts'
import type { Database } from './db/client.ts'
import type { Key } from './db/transact.ts'
import { AppError } from './errors.ts'
import { webAddress } from './fields.ts'
import type { Tally } from './limits/tally.ts'
import { origins } from './origins.ts'
import type { Realtime } from './realtime/publish.ts'
import { REGIONS } from './realtime/region.ts'

const secret = z.string().min(32, 'needs at least 32 characters')

/** `10/900`: so many, in so many seconds. */
const rate = (usual: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,5}$/, 'must be <how many>/<seconds>, as in 10/900')
    .transform((text) => {
      const [quota = 0, window = 0] = text.split('/').map(Number)
      return { quota, window }
    })
    .prefault(usual)

/** How many there may be. Postgres counts them in 32 bits. */
const quota = (usual: number) => z.coerce.number().int().min(1).max(1_000_000_000).default(usual)

/** Every setting, its default and its bounds. docs/configuration.md explains each. */
export const Config = z.object({
  DATABASE_URL: z.string().min(1),
  NEON_FETCH_ENDPOINT: webAddress('https?').optional(),
  UPSTASH_REDIS_REST_URL: webAddress('https?'),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(1),
  JWT_SECRET: secret,
  JWT_SECRET_PREVIOUS: secret.optional(),
  CORS_ORIGINS: origins,
  /** Where this API is reached from outside, for links that are shown elsewhere. */
  PUBLIC_URL: z
    .literal('')
    .or(webAddress('https?').refine((url) => !/[?#]/.test(url), 'must have neither query nor fragment'))
    .default('')
    .transform((url) => url.slice(0, [...url].findLastIndex((char) => char !== '/') + 1)),
  /** Who may register: everybody, who was invited, or nobody. The first account is always possible. */
  REGISTRATION: z.enum(['open', 'invite', 'closed']).default('open'),
  ACCESS_TTL_SECONDS: z.coerce.number().int().min(1).max(86_400).default(900),
  REFRESH_TTL_DAYS: z.coerce.number().int().min(1).max(365).default(30),
  REFRESH_GRACE_SECONDS: z.coerce.number().int().min(0).max(300).default(30),
  SCRYPT_LOG2_N: z.coerce.number().int().min(10).max(15).default(15),
  /** A refused sign-in takes at least so long, whatever there was to compare. */
  LOGIN_REFUSAL_MS: z.coerce.number().int().min(0).max(5_000).default(1_000),
  LIMIT_ACCOUNT: rate('10/900'),
  LIMIT_ACCOUNT_TOTAL: rate('100/900'),
  LIMIT_ADDRESS: rate('30/60'),
  LIMIT_USER: rate('600/60'),
  LIMIT_STRANGER: rate('120/60'),
  LIMIT_KEYED: rate('20000/86400'),
  QUOTA_TASKS: quota(100_000),
  QUOTA_COLUMNS: quota(50),
  QUOTA_MEMBERS: quota(1_000),
  QUOTA_PROJECT_LINKS: quota(1_000),
  QUOTA_PROJECTS: quota(1_000),
  QUOTA_KEYS: quota(50),
  QUOTA_LINKS: quota(200),
  QUOTA_TICKETS: quota(100),
  QUOTA_SESSIONS: quota(100),
  QUOTA_BOARD_SOCKETS: quota(20),
  QUOTA_INVITATIONS: quota(500),
  QUOTA_NOTIFICATIONS: quota(10_000),
  NOTIFICATION_DAYS: z.coerce.number().int().min(1).max(36_500).default(180),
  CACHE_TIMEOUT_MS: z.coerce.number().int().min(10).default(1_000),
  /** How old what a cached read shows can be at most, should Redis miss a write; 0 switches it off. */
  CACHE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(10),
  /** How long a reader waits for Redis before Postgres is asked. */
  CACHE_READ_TIMEOUT_MS: z.coerce.number().int().min(10).default(150),
  /** One hub for a project in each region, fed by relays; or a single one for everybody, without relays. */
  HUB_MODE: z.enum(['regional', 'single']).default('regional'),
  /** Overrules what Cloudflare says of a request's origin. */
  REGION: z.enum(REGIONS).optional(),
  RELAY_SHARDS: z.coerce.number().int().min(1).max(64).default(1),
  HUB_TICK_SECONDS: z.coerce.number().int().min(1).max(300).default(15),
  TRASH_DAYS: z.coerce.number().int().min(1).default(30),
})
export type Config = z.infer<typeof Config>

/** What to do where settings are missing. */
const CONFIGURE =
  'Run FlowTrack on your own machine with `npm run dev`, which sets up all of it; deploy it as README.md (Deploying) says.'

const parsed = new WeakMap<object, Config>()

/** Each setting that is missing or wrong, and why; never its value. */
export function wrongSettings(env: object): { name: string; message: string }[] {
  const issues = Config.safeParse(env).error?.issues ?? []
  return issues.map(({ path, message }) => {
    const name = path.join('.')
    return { name, message: name in env ? `is wrong: ${message}` : 'is not set' }
  })
}

/**
 * The configuration of this deployment, read once per isolate. Throws misconfigured, whose cause
 * names each missing or wrong setting: for the log, and for nobody who asks from outside.
 */
export function configOf(env: Env): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = Config.safeParse(env)
  if (!result.success) {
    const lines = wrongSettings(env).map(({ name, message }) => `${name} ${message}`)
    throw new AppError('misconfigured', { cause: new Error(`${lines.join('; ')}. ${CONFIGURE}`) })
  }
  parsed.set(env, result.data)
  return result.data
}

/** Who asks, as the token says. The role is a hint: the database decides (I7). */
export type Actor = {
  user_id: string
  /** The session's id, or the API key's. */
  session_id: string
  role: 'admin' | 'member'
  /** When the access token ends; of an API key only the database knows. */
  expires_at: number
  /** Set for an API key, which nothing but the database can tell from a made-up one. */
  key_hash?: string
}

/** Where a request comes from, as shown in the list of sessions. */
export type Device = { user_agent: string | null; ip: string | null }

export type Log = { info: LogLine; warn: LogLine; error: LogLine }
type LogLine = (event: string, fields?: Record<string, unknown>) => void

/** All that a service needs, built once per request and passed down. */
export type Ctx = {
  db: Database
  cache: Cache
  /** The files of `public/`. */
  assets: Pick<Fetcher, 'fetch'>
  realtime: Realtime
  config: Config
  actor: Actor
  /** What this request counts against. */
  limits: Tally
  now: Date
  request_id: string
  /** Set by a route that an API key may call which is bound to some projects. Any other refuses it. */
  takes_bound_keys?: boolean
  /** Set when a signed link asks in the place of a person: it reads reports of its project, and no more. */
  link?: string
  /** What the reader has already: the seq that the answer must have reached, and its version of it. */
  reader: { min_seq?: number; version?: number }
  /** Where the project was in the last `read` of it. */
  at?: Head
  /** Set when the client wants this request to happen once, however often it is sent. */
  idempotency?: Key
  log: Log
  /** For work after the answer, which keeps the Worker for up to 30 s. */
  waitUntil: (work: Promise<unknown>) => void
}

/** The types of the Hono app: bindings, and what the middleware puts beside the request. */
export type App = {
  Bindings: Env
  Variables: {
    ctx: Ctx
    request_id: string
    log: Log
    /** The query parameters that the route knows; undefined: it takes any. */
    query_names?: Set<string>
  }
}
