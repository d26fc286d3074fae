import * as z from 'zod'
import { AppError } from '../lib/errors.ts'
import { webAddress, wholeNumber } from '../lib/fields.ts'
import { origins } from './origins.ts'
import { REGIONS } from './regions.ts'

const secret = z.string().min(32, 'needs at least 32 characters')

/** `10/900`: 10 requests in 900 seconds. */
const rates = z
  .string()
  .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,5}$/, 'must be <how many>/<seconds>, as in 10/900')
  .transform((text) => {
    const [quota = 0, window = 0] = text.split('/').map(Number)
    return { quota, window }
  })
const rate = (usual: string) => rates.prefault(usual)

/** Without the line end that a secret may have from a pipe. */
const whole = (min: number, max?: number) =>
  z.preprocess((given) => (typeof given === 'string' ? given.trim() : given), wholeNumber(min, max))

/** A quota; Postgres counts with 32 bits. */
const quotas = whole(1, 1_000_000_000)
const quota = (usual: number) => quotas.default(usual)

/** Every setting, its default and its bounds. docs/configuration.md explains each. */
export const Config = z.object({
  DATABASE_URL: z.string().min(1),
  NEON_FETCH_ENDPOINT: webAddress('https?').optional(),
  UPSTASH_REDIS_REST_URL: webAddress('https?'),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(1),
  JWT_SECRET: secret,
  JWT_SECRET_PREVIOUS: secret.optional(),
  CORS_ORIGINS: origins,
  /** The address of this API from outside, for links that are shown elsewhere. */
  PUBLIC_URL: z
    .union(
      [z.literal(''), webAddress('https?').refine((url) => !/[?#]/.test(url), 'must have neither query nor fragment')],
      {
        error: 'must be empty, or a complete URL without query and fragment, such as https://api.example.com',
      },
    )
    .default('')
    .transform((url) => url.slice(0, [...url].findLastIndex((char) => char !== '/') + 1)),
  /** Who may register: everybody, people with an invitation, or nobody. The first account is always possible. */
  REGISTRATION: z.enum(['open', 'invite', 'closed']).default('open'),
  ACCESS_TTL_SECONDS: whole(1, 86_400).default(900),
  REFRESH_TTL_DAYS: whole(1, 365).default(30),
  REFRESH_GRACE_SECONDS: whole(0, 300).default(30),
  SCRYPT_LOG2_N: whole(10, 15).default(15),
  /** A refused sign-in takes at least this long, whatever was compared. */
  LOGIN_REFUSAL_MS: whole(0, 5_000).default(1_000),
  LIMIT_ACCOUNT: rate('10/900'),
  LIMIT_ACCOUNT_TOTAL: rate('100/900'),
  LIMIT_ADDRESS: rate('30/60'),
  LIMIT_USER: rate('600/60'),
  LIMIT_STRANGER: rate('120/60'),
  LIMIT_KEYED: rate('20000/86400'),
  QUOTA_TASKS: quota(100_000),
  QUOTA_COLUMNS: quota(50),
  QUOTA_LABELS: quota(200),
  QUOTA_TASK_LINKS: quota(50),
  QUOTA_MEMBERS: quota(1_000),
  QUOTA_PROJECT_LINKS: quota(1_000),
  QUOTA_PROJECT_VIEWS: quota(200),
  QUOTA_WEBHOOKS: quota(20),
  QUOTA_COMMENTS: quota(100_000),
  QUOTA_TASK_COMMENTS: quota(1_000),
  QUOTA_ITEMS: quota(100_000),
  QUOTA_TASK_CHECKLISTS: quota(20),
  QUOTA_CHECKLIST_ITEMS: quota(100),
  QUOTA_PROJECTS: quota(1_000),
  QUOTA_KEYS: quota(50),
  QUOTA_LINKS: quota(200),
  QUOTA_VIEWS: quota(200),
  QUOTA_TICKETS: quota(100),
  QUOTA_SESSIONS: quota(100),
  QUOTA_BOARD_SOCKETS: quota(20),
  QUOTA_SOCKETS: quota(100),
  QUOTA_INVITATIONS: quota(500),
  QUOTA_NOTIFICATIONS: quota(10_000),
  NOTIFICATION_DAYS: whole(1, 36_500).default(180),
  /** After how long without an answer the database counts as unreachable: longer than the 8 s that a write may take. */
  DATABASE_TIMEOUT_MS: whole(9_000, 120_000).default(10_000),
  CACHE_TIMEOUT_MS: whole(10).default(1_000),
  /** How old the result of a cached read can be at most, if Redis misses a write; 0 switches the cache off. */
  CACHE_SECONDS: whole(0, 3_600).default(10),
  /** How long a cached read waits for Redis before it asks Postgres. */
  CACHE_READ_TIMEOUT_MS: whole(10).default(150),
  /** `regional`: a hub per project in each region, fed by relays. `single`: one hub per project, without relays. */
  HUB_MODE: z.enum(['regional', 'single']).default('regional'),
  /** Replaces the region that is chosen by where a request comes from (regions.ts). */
  REGION: z.enum(REGIONS).optional(),
  RELAY_SHARDS: whole(1, 64).default(1),
  HUB_TICK_SECONDS: whole(1, 300).default(15),
  /** The shortest lease of a claim: its end costs two writes. */
  LEASE_MIN_SECONDS: whole(1, 86_400).default(30),
  /** Whether webhooks may go to this machine, also by plain http: for development. */
  WEBHOOKS_TO_LOOPBACK: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  /** How long a receiver may take to answer. */
  WEBHOOK_TIMEOUT_MS: whole(10, 30_000).default(10_000),
  /** About how long after a failure the first retry comes; each further one waits twice as long. */
  WEBHOOK_RETRY_MS: whole(10, 3_600_000).default(5_000),
  TRASH_DAYS: whole(1, 36_500).default(30),
})
export type Config = z.infer<typeof Config>

/** The advice for missing settings. */
const CONFIGURE =
  'Run FlowTrack on your own machine with `npm run dev`, which sets them; deploy it as README.md (Deploying) says.'

const parsed = new WeakMap<object, Config>()

/** Each setting that is missing or wrong, with the reason, but never with its value. */
export function wrongSettings(env: object): { name: string; message: string }[] {
  const issues = Config.safeParse(env).error?.issues ?? []
  return issues.map(({ path, message }) => {
    const name = path.join('.')
    return { name, message: name in env ? `is wrong: ${message}` : 'is not set' }
  })
}

/**
 * The configuration of this deployment, read once per isolate. Throws misconfigured, whose cause names each missing or
 * wrong setting: for the log only, never for an answer.
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
