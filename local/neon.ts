import type { Duplex } from 'node:stream'
import pg from 'pg'
import { type Bridge, type BridgeRequest, type Reply, startBridge } from './bridge.ts'
import { errorBodyOf, type NeonQuery, parsePayload, toParameters, toResult } from './neon-format.ts'

export interface NeonBridgeOptions {
  /** postgres:// URL of the database behind the bridge. */
  databaseUrl: string
  host?: string
  port?: number
  /** The most connections to that database, 20 by default. An embedded database needs 1. */
  poolSize?: number
  onRequest?: (request: BridgeRequest) => void
  /** Called with the text of each notice that Postgres sends. */
  onNotice?: (message: string) => void
}

const ISOLATION_LEVELS: Record<string, string> = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
}

type Outcome = { result: pg.QueryArrayResult } | { error: unknown }

const rawText = { getTypeParser: () => (value: string) => value }

function sendQuery(client: pg.PoolClient, { query, params }: NeonQuery): Promise<Outcome> {
  const config = {
    text: query,
    values: toParameters(params),
    rowMode: 'array' as const,
    // As Neon does: one statement per query, even without parameters.
    queryMode: 'extended',
  }
  return client.query<unknown[]>(config).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
}

/** The BEGIN that a batch's headers ask for; undefined when the isolation level is unknown. */
function beginStatementOf(headers: BridgeRequest['headers']): string | undefined {
  const parts = ['begin']
  const isolation = headers['neon-batch-isolation-level']
  if (isolation !== undefined) {
    const level = ISOLATION_LEVELS[String(isolation)]
    if (!level) return undefined
    parts.push(`isolation level ${level}`)
  }
  if (headers['neon-batch-read-only'] === 'true') parts.push('read only')
  if (headers['neon-batch-deferrable'] === 'true') parts.push('deferrable')
  return parts.join(' ')
}

/** The socket of a connection: @types/pg does not declare it. */
const socketOf = (client: pg.PoolClient) => (client as unknown as { connection: { stream: Duplex } }).connection.stream

/**
 * Sends everything at once, in one packet: the connection pipelines, so a batch costs one round trip,
 * and holds its locks no longer than Postgres needs. After a failure Postgres refuses the rest, and
 * its COMMIT is a rollback.
 */
async function execute(client: pg.PoolClient, queries: NeonQuery[], begin?: string) {
  if (begin === undefined) return Promise.all(queries.map((query) => sendQuery(client, query)))
  const control = (query: string) => sendQuery(client, { query, params: [] })
  const socket = socketOf(client)
  socket.cork()
  const sent = [control(begin), ...queries.map((query) => sendQuery(client, query)), control('commit')]
  socket.uncork()
  const [started, ...outcomes] = await Promise.all(sent)
  const committed = outcomes.pop()
  // A failed COMMIT (a deferred constraint, a serialization failure) fails the batch.
  for (const outcome of [started, committed]) if (outcome && 'error' in outcome) outcomes.push(outcome)
  return outcomes
}

async function run(pool: pg.Pool, request: BridgeRequest): Promise<Reply> {
  const { headers, lane } = request
  // Neon requires this header too; and no web page can send it without a preflight, which fails here.
  if (!headers['neon-connection-string']) return { status: 400, body: errorBodyOf('missing connection string') }
  const payload = parsePayload(request.body)
  if (!payload) return { status: 400, body: errorBodyOf('expected {query, params} or {queries: [...]}') }
  const begin = beginStatementOf(headers)
  if (!begin) return { status: 400, body: errorBodyOf('invalid isolation level') }

  const batch = 'queries' in payload
  const queries = batch ? payload.queries : [payload]
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return { status: 500, body: errorBodyOf(error, "Couldn't connect to the database") }
  }
  lane.units += queries.length
  const outcomes = await execute(client, queries, batch ? begin : undefined)
  const failed = outcomes.find((outcome) => 'error' in outcome)
  // Only an error that Postgres itself reported, and survived, leaves a connection that can be used again.
  client.release(
    failed !== undefined && !(failed.error instanceof pg.DatabaseError && failed.error.severity === 'ERROR'),
  )
  if (failed) return { status: 400, body: errorBodyOf(failed.error) }
  const results = outcomes.flatMap((outcome, index) =>
    'result' in outcome ? [toResult(outcome.result, queries[index]?.arrayMode, headers)] : [],
  )
  return { status: 200, body: batch ? { results } : results[0] }
}

/**
 * Neon's SQL-over-HTTP protocol over any Postgres, for @neondatabase/serverless with
 * `neonConfig.fetchEndpoint = url + '/sql'`. Behaves as Neon's proxy does:
 * https://github.com/neondatabase/neon/blob/main/proxy/src/serverless/sql_over_http.rs.
 * Each URL may be prefixed with `/t/<lane>` (see bridge.ts).
 */
export async function startNeonBridge(options: NeonBridgeOptions): Promise<Bridge> {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.poolSize ?? 20,
    connectionTimeoutMillis: 60_000, // long, as the Worker sets the time limit of a request
    idleTimeoutMillis: 60_000,
    types: rawText,
    pipeline: true,
  })
  // An idle connection that the server closes is replaced at the next request; one that breaks during
  // a query makes that query fail, and emits the same error here.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('connect', (client) => client.on('notice', ({ message = '' }) => options.onNotice?.(message)))
  const bridge = await startBridge({
    ...options,
    unit: 'statements',
    errorBodyOf,
    handle: async (request) =>
      request.method === 'POST' && request.path === '/sql'
        ? run(pool, request)
        : { status: 404, body: errorBodyOf('not found: the one endpoint is POST /sql') },
  })
  return {
    url: bridge.url,
    close: async () => {
      await bridge.close()
      await pool.end()
    },
  }
}
