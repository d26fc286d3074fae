import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import RedisMock from 'ioredis-mock'
import { type Command, messageOf, type Outcome, type RedisBackend, subscribeOn, toWire } from './redis.ts'

/** The reply to TIME, from one reading of the clock: ioredis-mock reads it twice, and can be a second wrong. */
function readTime(): [seconds: string, microseconds: string] {
  const now = Date.now()
  return [String(Math.floor(now / 1000)), String((now % 1000) * 1000)]
}

/**
 * Lua code that adds what the emulation lacks: two functions, GETRANGE of a missing key, and a TIME that does not
 * change within a script. It is one line, so that line numbers in errors stay nearly right.
 */
const preludeOf = ([seconds, microseconds] = readTime()) =>
  [
    'redis.status_reply = function(s) return s end',
    'redis.error_reply = function(s) error(s, 0) end',
    'local call = redis.call',
    `local clock = { '${seconds}', '${microseconds}' }`,
    "redis.call = function(n, k, ...) if n == 'time' then return clock end return n == 'getrange' and call('exists', k) == 0 and '' or call(n, k, ...) end; ",
  ].join('; ')
const LUA_ERROR = 'Error trying to loading or executing lua code string in VM: '

/** A script's result as Redis gives it: https://redis.io/docs/latest/develop/programmability/lua-api/. */
function fromLua(value: unknown): unknown {
  if (value === false) return null
  if (typeof value === 'number') return Math.trunc(value)
  return Array.isArray(value) ? value.map(fromLua) : value
}

const sha1 = (script: string) => createHash('sha1').update(script).digest('hex')

type Emulated = (...words: string[]) => Promise<unknown>

/** The commands EVAL, EVALSHA and SCRIPT (LOAD, EXISTS, FLUSH) by their names; `evaluate` runs a script. */
function makeScriptCommands(evaluate: Emulated): Record<string, Emulated> {
  const scripts = new Map<string, string>()
  const remember = (script: string) => {
    scripts.set(sha1(script), script)
    return sha1(script)
  }
  return {
    eval: async (script = '', ...rest) => {
      remember(script)
      return fromLua(await evaluate(preludeOf() + script, ...rest))
    },
    evalsha: async (sha = '', ...rest) => {
      const script = scripts.get(sha.toLowerCase())
      if (script === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.')
      return fromLua(await evaluate(preludeOf() + script, ...rest))
    },
    script: async (verb = '', ...rest) => {
      if (/^load$/i.test(verb)) return remember(rest[0] ?? '')
      if (/^exists$/i.test(verb)) return rest.map((sha) => (scripts.has(sha.toLowerCase()) ? 1 : 0))
      if (!/^flush$/i.test(verb)) throw new Error(`ERR unknown subcommand '${verb}'`)
      scripts.clear()
      return 'OK'
    },
  }
}

function errorTextOf(error: unknown): string {
  const [line = ''] = messageOf(error).replace(LUA_ERROR, '').split('\n')
  return /^[A-Z]{2,} /.test(line) ? line : `ERR ${line}`
}

/** For each command, the index of the first argument that may be an option: the emulation knows capitals only. */
const OPTIONS_FROM: Record<string, number> = {
  ...{ set: 2, getex: 1, expire: 2, pexpire: 2, expireat: 2, pexpireat: 2, zadd: 1, xadd: 1, xread: 0 },
  ...{ zrange: 3, zrangebyscore: 3, zrevrange: 3, zrevrangebyscore: 3, zunionstore: 2, zinterstore: 2 },
  ...{ scan: 1, hscan: 2, sscan: 2, zscan: 2, linsert: 1 },
}
const OPTION = new RegExp(
  `^(ex|px|exat|pxat|nx|xx|gt|lt|ch|incr|get|keepttl|persist|rev|byscore|bylex|withscores|limit|match
  |count|type|maxlen|minid|streams|block|weights|aggregate|before|after)$`.replace(/\s/g, ''),
  'i',
)

function capitaliseOptions(name: string, words: string[]): string[] {
  const from = OPTIONS_FROM[name]
  if (from === undefined) return words
  return words.map((word, at) => (at >= from && OPTION.test(word) ? word.toUpperCase() : word))
}

let nextPort = 1

/**
 * Redis in memory, empty and shared with nobody: https://github.com/stipsan/ioredis-mock. Some
 * commands are missing (its documentation, "compat", lists them), wrong types and missing arguments are not
 * always refused, and a Lua script sees a missing value inside a list as userdata, not as false.
 */
export function makeMemoryRedis(): RedisBackend {
  // Instances with one address share their data: each backend has its own.
  const redis = new RedisMock({ host: 'memory', port: nextPort++ })
  const known = new Set<string>(new Redis({ lazyConnect: true }).getBuiltinCommands())
  const methodOf = (name: string): Emulated | undefined => {
    const found: unknown = known.has(name) ? Reflect.get(redis, name) : undefined
    return typeof found === 'function' ? async (...words) => found.apply(redis, words) : undefined
  }
  // The emulation ignores NX, and would postpone the expiry each time. We read its own table of expiries:
  // between a PTTL and the command others could run.
  const ends: { has(key: string): boolean } = Reflect.get(redis, 'expires')
  const makeExpiryCommand = (name: string): Record<string, Emulated> => ({
    [name]: async (key = '', time = '', option = '') =>
      option.toUpperCase() === 'NX' && ends.has(key) ? 0 : methodOf(name)?.(key, time),
  })
  const own: Record<string, Emulated> = {
    ...makeScriptCommands(methodOf('eval') ?? (async () => null)),
    ...makeExpiryCommand('expire'),
    ...makeExpiryCommand('pexpire'),
    time: async () => readTime(),
  }
  const runOne = async ([name, ...words]: Command): Promise<Outcome> => {
    const lower = name.toLowerCase()
    const emulated = own[lower] ?? methodOf(lower)
    if (!emulated) return { error: `ERR unknown command '${name}'` }
    try {
      return { result: toWire(await emulated(...capitaliseOptions(lower, words))) }
    } catch (error) {
      return { error: errorTextOf(error) }
    }
  }
  return {
    // Each emulated command runs to its end before the next starts, so every batch is atomic.
    run: (commands) => Promise.all(commands.map(runOne)),
    subscribe: async (kind, names, onEvent) => {
      const connection = redis.duplicate()
      await subscribeOn(connection, kind, names, onEvent)
      const end = async () => {
        await Promise.all([connection.unsubscribe(), connection.punsubscribe()])
        connection.disconnect()
      }
      return { end: () => void end() }
    },
    close: async () => redis.disconnect(),
  }
}
