import { Redis, ReplyError } from 'ioredis'

export type Command = [name: string, ...args: string[]]

/** The outcome of a command: its reply, the error that Redis answered, or why Redis could not be reached. */
export type Outcome = { result: unknown } | { error: string } | { unreachable: string }

/** `subscribe`, channel, count · `message`, channel, payload · `pmessage`, pattern, channel, payload */
export type PubSubEvent = string[]

export interface Subscription {
  end(): void
}

/** What the Upstash bridge needs of a Redis. */
export interface RedisBackend {
  /** Runs the commands in order; `atomic` lets no other command in between. */
  run(commands: Command[], atomic: boolean): Promise<Outcome[]>
  /** Throws when Redis can't be reached; `onEnd` is called when the connection ends later. */
  subscribe(
    kind: 'subscribe' | 'psubscribe',
    names: string[],
    onEvent: (event: PubSubEvent) => void,
    onEnd: () => void,
  ): Promise<Subscription>
  close(): Promise<void>
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Subscribes on a connection that serves nothing else, of ioredis or of ioredis-mock. */
export async function subscribeOn(
  connection: Redis,
  kind: 'subscribe' | 'psubscribe',
  names: string[],
  onEvent: (event: PubSubEvent) => void,
): Promise<void> {
  // Messages may arrive before the caller has told its client about the subscription.
  const early: PubSubEvent[] = []
  let deliver = (event: PubSubEvent): void => void early.push(event)
  connection.on('message', (channel: string, payload: string) => deliver(['message', channel, payload]))
  connection.on('pmessage', (...parts: string[]) => deliver(['pmessage', ...parts]))
  if (kind === 'subscribe') await connection.subscribe(...names)
  else await connection.psubscribe(...names)
  for (const [index, name] of names.entries()) onEvent([kind, name, String(index + 1)])
  deliver = onEvent
  for (const event of early) onEvent(event)
}

/**
 * ioredis turns some replies into objects (HGETALL's), but Upstash's protocol has only null, integers,
 * text and lists: turns them back.
 */
export function toWire(value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return Number.isInteger(value) ? value : String(value)
  if (Buffer.isBuffer(value)) return value.toString()
  if (Array.isArray(value)) return value.map(toWire)
  if (typeof value === 'object') return Object.entries(value).flat().map(toWire)
  return value
}

const toUnreachable = (error: unknown): Outcome => ({ unreachable: `Redis can't be reached: ${messageOf(error)}` })

const toFailure = (error: unknown): Outcome =>
  error instanceof ReplyError ? { error: messageOf(error) } : toUnreachable(error)

async function runAtomic(redis: Redis, commands: Command[]): Promise<Outcome[]> {
  try {
    const transaction = redis.multi()
    for (const [name, ...args] of commands) transaction.call(name, ...args)
    const replies = (await transaction.exec()) ?? []
    return replies.map(([error, result]) => (error ? toFailure(error) : { result: toWire(result) }))
  } catch (error) {
    return [toFailure(error)]
  }
}

/**
 * Connects to a Redis server. While the server is away, commands fail at once; later the connection comes
 * back by itself. A command whose answer was lost is never repeated. Throws when the first connection fails.
 */
export async function connectRedis(url: string): Promise<RedisBackend> {
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 3_000,
    commandTimeout: 5_000,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, 500),
  }
  const redis = new Redis(url, options)
  let lastError: unknown
  redis.on('error', (error) => {
    lastError = error
  })
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw lastError ?? error
  }
  const call = ([name, ...args]: Command): Promise<Outcome> =>
    redis.call(name, ...args).then((result) => ({ result: toWire(result) }), toFailure)
  return {
    run: (commands, atomic) => (atomic ? runAtomic(redis, commands) : Promise.all(commands.map(call))),
    subscribe: async (kind, names, onEvent, onEnd) => {
      const connection = new Redis(url, { ...options, commandTimeout: undefined, retryStrategy: () => null })
      connection.on('error', () => {})
      await connection.connect()
      connection.on('end', onEnd)
      await subscribeOn(connection, kind, names, onEvent)
      return { end: () => connection.disconnect() }
    },
    close: async () => redis.disconnect(),
  }
}
