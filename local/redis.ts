import { Redis, ReplyError } from 'ioredis'

export type Command = [name: string, ...args: string[]]

/** What a command gave: a plain Redis reply, Redis's own refusal, or no Redis at all. */
export type Outcome = { result: unknown } | { error: string } | { unreachable: string }

/** `subscribe`, channel, count · `message`, channel, payload · `pmessage`, pattern, channel, payload */
export type PubSubEvent = string[]

export interface Subscription {
  end(): void
}

/** All that the Upstash bridge asks of a Redis. */
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
export function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Subscribes on a connection of its own, which ioredis and its in-memory twin do alike. */
export async function follow(
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

/** ioredis dresses some replies up, as HGETALL's; the wire knows only numbers, text and lists. */
export function toWire(value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return Number.isInteger(value) ? value : String(value)
  if (Buffer.isBuffer(value)) return value.toString()
  if (Array.isArray(value)) return value.map(toWire)
  if (typeof value === 'object') return Object.entries(value).flat().map(toWire)
  return value
}

const unreachable = (error: unknown): Outcome => ({ unreachable: `Redis can't be reached: ${text(error)}` })

const failure = (error: unknown): Outcome => (error instanceof ReplyError ? { error: text(error) } : unreachable(error))

async function runAtomic(redis: Redis, commands: Command[]): Promise<Outcome[]> {
  try {
    const transaction = redis.multi()
    for (const [name, ...args] of commands) transaction.call(name, ...args)
    const replies = (await transaction.exec()) ?? []
    return replies.map(([error, result]) => (error ? failure(error) : { result: toWire(result) }))
  } catch (error) {
    return [failure(error)]
  }
}

/**
 * A real Redis. It fails fast while the server is away and comes back with it; a command whose
 * answer was lost is never repeated. Throws when the server isn't there at the start.
 */
export async function serverRedis(url: string): Promise<RedisBackend> {
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
    redis.call(name, ...args).then((result) => ({ result: toWire(result) }), failure)
  return {
    run: (commands, atomic) => (atomic ? runAtomic(redis, commands) : Promise.all(commands.map(call))),
    subscribe: async (kind, names, onEvent, onEnd) => {
      const connection = new Redis(url, { ...options, commandTimeout: undefined, retryStrategy: () => null })
      connection.on('error', () => {})
      await connection.connect()
      connection.on('end', onEnd)
      await follow(connection, kind, names, onEvent)
      return { end: () => connection.disconnect() }
    },
    close: async () => redis.disconnect(),
  }
}
