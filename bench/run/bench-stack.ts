import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { BIG, FEW, FULL, makeData, SMALL } from '../../local/data/make-data.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { configOf } from '../../src/config/config.ts'
import { signAccessToken } from '../../src/security/tokens.ts'
import { bundle, type Runtime, startBare, startFlowtrack } from './runtime.ts'
import { Tape, type Values } from './tape.ts'

/** One person at work on one board. */
export type Desk = { token: string; values: Values; tasks: string[] }

export type BenchStack = {
  flowtrack: Runtime
  bare: Runtime
  tape: Tape
  urls: { neon: string; redis: string }
  /** Sixteen desks, each at a board of its own. */
  desks: Desk[]
  /** A desk at the board of 10,000 tasks, and one at that of 200. */
  big: Desk
  few: Desk
  /** Many desks at the board of 200 tasks, and at that of 10,000: nothing of their sessions is cached. */
  coldDesks: Desk[]
  bigColdDesks: Desk[]
  /** Eight people at the board of 200 tasks. */
  hot: Desk[]
  databaseUrl: string
  onServers: boolean
  close(): Promise<void>
}

type Settings = Record<string, string>

const DESKS = 16
const COLD_DESKS = 18_000

async function makeDesk(db: pg.Pool, key: string, place: number, settings: Settings): Promise<Desk> {
  const { rows } = await db.query(
    `select p.id as project, m.user_id as "user" from projects p join project_members m on m.project_id = p.id
     where p.key = $1 order by m.seq offset $2 limit 1`,
    [key, place],
  )
  const { project, user } = rows[0]
  const session = uuid()
  await db.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) values ($1, $2, '', now() + interval '1 day')",
    [session, user],
  )
  const { rows: tasks } = await db.query(
    'select id from tasks where project_id = $1 and deleted_at is null order by id limit 200',
    [project],
  )
  const holder = { user_id: user, session_id: session, role: 'member' } as const
  const token = await signAccessToken(configOf(settings as unknown as Env), holder, new Date())
  return { token, values: { project, user, session }, tasks: tasks.map(({ id }) => id) }
}

/** Makes `count` desks at the board of this one: new sessions of the same person. */
async function makeColdDesks(db: pg.Pool, { values, tasks }: Desk, count: number, settings: Settings) {
  const sessions = Array.from({ length: count }, () => uuid())
  await db.query(
    "insert into sessions (id, user_id, refresh_hash, expires_at) select id, $1, '', now() + interval '1 day' from unnest($2::uuid[]) id",
    [values.user, sessions],
  )
  const config = configOf(settings as unknown as Env)
  const tokenOf = (session_id: string) =>
    signAccessToken(config, { user_id: String(values.user), session_id, role: 'member' }, new Date())
  return Promise.all(
    sessions.map(async (session) => ({ token: await tokenOf(session), values: { ...values, session }, tasks })),
  )
}

/** A lane of the bench's own through the bridges: nothing else is counted there, or delayed. */
const laneOf = ({ vars }: Stack) => ({
  neon: new URL('/t/bench', vars.NEON_FETCH_ENDPOINT).href,
  redis: new URL('/t/bench', vars.UPSTASH_REDIS_REST_URL).href,
})

const settingsOf = ({ vars }: Stack, urls: BenchStack['urls']): Settings => ({
  ...vars,
  NEON_FETCH_ENDPOINT: `${urls.neon}/sql`,
  UPSTASH_REDIS_REST_URL: urls.redis,
  JWT_SECRET: randomBytes(48).toString('base64url'),
  ACCESS_TTL_SECONDS: '86400',
  // The bench sends more requests as one user than any person does.
  ...{
    LIMIT_ACCOUNT: '9999999/60',
    LIMIT_ACCOUNT_TOTAL: '9999999/60',
    LIMIT_ADDRESS: '9999999/60',
    LIMIT_USER: '9999999/60',
    LIMIT_KEYED: '9999999/60',
  },
  CACHE_SECONDS: '3600', // the floor caches nothing: its reads would find nothing after the entries had expired
  ...{ CACHE_READ_TIMEOUT_MS: '10000', CACHE_TIMEOUT_MS: '10000' }, // so that a slow answer is measured, not aborted
  REGION: 'weur',
})

async function makeAllDesks(databaseUrl: string, settings: Settings) {
  const db = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  const desks = []
  for (let n = 0; n < DESKS; n++) desks.push(await makeDesk(db, `BENCH${n + 3}`, 0, settings))
  const hot = []
  for (let n = 0; n < 8; n++) hot.push(await makeDesk(db, FEW, n, settings))
  const big = await makeDesk(db, BIG, 0, settings)
  const few = await makeDesk(db, FEW, 0, settings)
  const bigColdDesks = await makeColdDesks(db, big, COLD_DESKS, settings)
  const coldDesks = await makeColdDesks(db, few, COLD_DESKS, settings)
  await db.end()
  return { desks, hot, big, few, bigColdDesks, coldDesks }
}

/** Starts and fills everything: with the full data on a server, with the small data if `small` or embedded. */
export async function openBenchStack(small: boolean, log: (line: string) => void): Promise<BenchStack> {
  const { DATABASE_URL, REDIS_URL } = process.env
  const tape = new Tape()
  const stack = await startStack({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, onRequest: tape.listen })
  const { databaseUrl } = stack
  const size = small || !DATABASE_URL ? SMALL : FULL
  const until = Date.parse(new Date().toISOString().slice(0, 10))
  await makeData(databaseUrl, { ...size, seed: 1, until }, log)
  const urls = laneOf(stack)
  const settings = settingsOf(stack, urls)
  const flowtrack = await startFlowtrack(await bundle(), settings)
  const bare = await startBare()
  const desks = await makeAllDesks(databaseUrl, settings)
  const close = async () => {
    await flowtrack.close()
    await bare.close()
    await stack.close()
  }
  return { flowtrack, bare, tape, urls, ...desks, databaseUrl, onServers: Boolean(DATABASE_URL && REDIS_URL), close }
}
