import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import type { Config } from '../config/config.ts'
import { makeOncePerConfig } from '../config/per-config.ts'
import type { Meter, Spent } from '../lib/meter.ts'

/** For statements that may take long, in milliseconds. Their own statement_timeout must be shorter. */
const LONG_TIMEOUT_MS = 150_000

/**
 * Clients of Postgres, all over HTTP: `primary` for writes; `readOnly` for reads, whose batches are one
 * read-only REPEATABLE READ transaction, so that their results agree; `longRunning` for writes that may
 * take minutes.
 */
export type Database = {
  primary: NeonHttpDatabase
  readOnly: NeonHttpDatabase
  longRunning: NeonHttpDatabase
  meter: Meter
}

type Clients = Omit<Database, 'meter'>

// neonConfig is global to the isolate, so a deployment's own endpoint is looked up by database host.
const endpoints = new Map<string, string>()
neonConfig.fetchEndpoint = (host) => endpoints.get(host) ?? `https://${host.replace(/^[^.]+\./, 'api.')}/sql`

/**
 * What the driver uses of a response, read at once. The body is JSON with 2xx and with 400, the status of Postgres's
 * own errors; otherwise it is text.
 */
async function readAnswer(response: Response) {
  const { ok, status } = response
  const text = await response.text()
  const body: unknown = ok || status === 400 ? JSON.parse(text) : text
  return { length: text.length, ok, status, json: async () => body, text: async () => body }
}

/**
 * The `fetchOptions` that the driver passes on: `timeout_ms` is set for each client, `spent` by `batch`, to count
 * bytes.
 */
type Options = { timeout_ms: number; spent?: Spent }

/** Fetches with a time limit: the driver itself would wait for ever. */
neonConfig.fetchFunction = async (url: string, { timeout_ms, spent, ...init }: RequestInit & Options) => {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), timeout_ms)
  try {
    const answer = await readAnswer(await fetch(url, { ...init, signal: limit.signal }))
    if (spent) spent.bytes += String(init.body).length + answer.length
    return answer
  } finally {
    clearTimeout(timer) // as soon as there is an answer: a pending timer keeps a hub from hibernating
  }
}

function connect(config: Config): Clients {
  const { DATABASE_URL: url, NEON_FETCH_ENDPOINT: endpoint, DATABASE_TIMEOUT_MS: timeout_ms } = config
  if (endpoint) endpoints.set(new URL(url).hostname, endpoint)
  return {
    primary: drizzle(neon(url, { fetchOptions: { timeout_ms } })),
    longRunning: drizzle(neon(url, { fetchOptions: { timeout_ms: LONG_TIMEOUT_MS } })),
    readOnly: drizzle(neon(url, { isolationLevel: 'RepeatableRead', readOnly: true, fetchOptions: { timeout_ms } })),
  }
}

const clientsOf = makeOncePerConfig(connect)

/** The database of a deployment; what is asked through it is added to `meter`. */
export function openDatabase(config: Config, meter: Meter): Database {
  return { ...clientsOf(config), meter }
}
