import { type Bridge, type BridgeRequest, type Reply, startBridge } from './bridge.ts'
import { makeMemoryRedis } from './memory-redis.ts'
import { type Command, connectRedis, type Outcome, type RedisBackend } from './redis.ts'
import { streamEvents } from './upstash-stream.ts'

export interface UpstashBridgeOptions {
  /** redis:// URL; without it, a Redis in memory. */
  redisUrl?: string
  /** What clients must send as their bearer token. */
  token: string
  host?: string
  port?: number
  onRequest?: (request: BridgeRequest) => void
}

export interface UpstashBridge extends Bridge {
  token: string
}

/** They would change, block or end the one connection that all requests share. */
const STATEFUL = new Set(
  `subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor quit reset select auth hello
  multi exec discard watch unwatch client blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop wait
  waitaof shutdown sync psync replicaof slaveof debug`.split(/\s+/),
)

const refusalOf = (status: number, error: string): Reply => ({ status, body: { error } })

/** Whether the client sent the token, as `Authorization: Bearer <token>` or `?_token=<token>`. */
function isAuthorized({ headers, query }: BridgeRequest, token: string): boolean {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  return (bearer ?? query.get('_token')) === token
}

function toCommand(input: unknown): Command | undefined {
  if (!Array.isArray(input)) return undefined
  const parts = input.map((part) => (typeof part === 'object' ? undefined : String(part)))
  const [name, ...args] = parts.filter((part) => part !== undefined)
  return name && args.length + 1 === input.length ? [name, ...args] : undefined
}

function readCommands(body: string, many: boolean): Command[] | undefined {
  try {
    const json: unknown = JSON.parse(body)
    const inputs: unknown[] = many && Array.isArray(json) ? json : [json]
    const commands = inputs.map(toCommand).filter((command) => command !== undefined)
    return commands.length > 0 && commands.length === inputs.length ? commands : undefined
  } catch {
    return undefined
  }
}

/** `/set/foo/bar?EX=10`: the path, then the body, then the query, are one command's words. */
function toPathCommand(segments: string[], { body, method, query }: BridgeRequest): Command | undefined {
  const words = [...segments]
  if (method !== 'GET' && body) words.push(body)
  for (const [key, value] of query) {
    if (key === '_token') continue
    words.push(key)
    if (value) words.push(value)
  }
  return toCommand(words)
}

/** All text is sent as base64, except for a reply that is just OK: the driver's decoder expects this. */
function toBase64(value: unknown, top = true): unknown {
  if (Array.isArray(value)) return value.map((item) => toBase64(item, false))
  if (typeof value !== 'string' || (top && value === 'OK')) return value
  return Buffer.from(value).toString('base64')
}

async function execute(backend: RedisBackend, commands: Command[], atomic: boolean): Promise<Outcome[]> {
  const barred = commands.find(([name]) => STATEFUL.has(name.toLowerCase()))
  if (barred) return [{ error: `ERR command is not available over REST: '${barred[0]}'` }]
  return backend.run(commands, atomic)
}

async function answer(
  backend: RedisBackend,
  request: BridgeRequest,
  commands: Command[] | undefined,
  shape: 'one' | 'pipeline' | 'multi-exec',
): Promise<Reply> {
  if (!commands) return refusalOf(400, 'ERR failed to parse command')
  const outcomes = await execute(backend, commands, shape === 'multi-exec')
  request.lane.units += commands.length
  const lost = outcomes.find((outcome) => 'unreachable' in outcome)
  if (lost) return refusalOf(503, lost.unreachable)
  const base64 = request.headers['upstash-encoding'] === 'base64'
  const bodies = outcomes.map((outcome) =>
    'result' in outcome && base64 ? { result: toBase64(outcome.result) } : outcome,
  )
  if (shape !== 'one' && outcomes.length === commands.length) return { status: 200, body: bodies }
  // A barred command, or a transaction refused as a whole, has one error for all.
  const [first] = outcomes
  return { status: first && 'error' in first ? 400 : 200, body: bodies[0] }
}

async function handle(backend: RedisBackend, token: string, request: BridgeRequest): Promise<Reply> {
  if (!isAuthorized(request, token)) return refusalOf(401, 'Unauthorized')
  const segments = request.path.split('/').slice(1).map(decodeURIComponent)
  const [first = '', ...names] = segments
  if (first === '') return answer(backend, request, readCommands(request.body, false), 'one')
  if (first === 'pipeline' || first === 'multi-exec')
    return answer(backend, request, readCommands(request.body, true), first)
  if (first === 'subscribe' || first === 'psubscribe') return streamEvents(backend, request, first, names)
  const command = toPathCommand(segments, request)
  return answer(backend, request, command && [command], 'one')
}

/**
 * Upstash's REST protocol, for @upstash/redis, over a Redis in memory or a real one:
 * https://upstash.com/docs/redis/features/restapi. Text is UTF-8: other bytes don't survive.
 * Each URL may be prefixed with `/t/<lane>` (see bridge.ts).
 * Throws when the real Redis isn't there at the start; later it answers 503 while Redis is away.
 */
export async function startUpstashBridge(options: UpstashBridgeOptions): Promise<UpstashBridge> {
  const backend = options.redisUrl ? await connectRedis(options.redisUrl) : makeMemoryRedis()
  try {
    const bridge = await startBridge({
      host: options.host,
      port: options.port,
      onRequest: options.onRequest,
      unit: 'commands',
      errorBodyOf: (error) => ({ error }),
      handle: (request) => handle(backend, options.token, request),
    })
    const close = async () => {
      await bridge.close()
      await backend.close()
    }
    return { url: bridge.url, token: options.token, close }
  } catch (error) {
    await backend.close()
    throw error
  }
}
