import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import RedisMock from 'ioredis-mock'
import { type Command, follow, type Outcome, type RedisBackend, text, toWire } from './redis.ts'

/** TIME, of one reading of one clock: ioredis-mock reads two, and can be a second off. */
function time(): [seconds: string, microseconds: string] {
  const now = Date.now()
  return [String(Math.floor(now / 1000)), String((now % 1000) * 1000)]
}

/**
 * What the emulated Lua lacks: two functions, GETRANGE of nothing, and a TIME, which is one moment for the
 * whole script. One line, so that line numbers in errors stay nearly right.
 */
const prelude = ([seconds, microseconds] = time()) =>
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

/** EVAL, EVALSHA and SCRIPT LOAD, EXISTS and FLUSH. */
function scripting(evaluate: Emulated): Record<string, Emulated> {
  const scripts = new Map<string, string>()
  const remember = (script: string) => {
    scripts.set(sha1(script), script)
    return sha1(script)
  }
  return {
    eval: async (script = '', ...rest) => {
      remember(script)
      return fromLua(await evaluate(prelude() + script, ...rest))
    },
    evalsha: async (sha = '', ...rest) => {
      const script = scripts.get(sha.toLowerCase())
      if (script === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.')
      return fromLua(await evaluate(prelude() + script, ...rest))
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

function errorText(error: unknown): string {
  const [line = ''] = text(error).replace(LUA_ERROR, '').split('\n')
  return /^[A-Z]{2,} /.test(line) ? line : `ERR ${line}`
}

/** Where options may begin, and which words are some: the emulation knows them in capitals only. */
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

function capitalised(name: string, words: string[]): string[] {
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
export function memoryRedis(): RedisBackend {
  // Instances with one address share their data: each backend has its own.
  const redis = new RedisMock({ host: 'memory', port: nextPort++ })
  const known = new Set<string>(new Redis({ lazyConnect: true }).getBuiltinCommands())
  const method = (name: string): Emulated | undefined => {
    const found: unknown = known.has(name) ? Reflect.get(redis, name) : undefined
    return typeof found === 'function' ? async (...words) => found.apply(redis, words) : undefined
  }
  // The emulation ignores NX, and would push a key's end away each time. Its own list of ends is asked,
  // as asking PTTL would let other commands in between.
  const ends: { has(key: string): boolean } = Reflect.get(redis, 'expires')
  const expiring = (name: string): Record<string, Emulated> => ({
    [name]: async (key = '', time = '', option = '') =>
      option.toUpperCase() === 'NX' && ends.has(key) ? 0 : method(name)?.(key, time),
  })
  const own: Record<string, Emulated> = {
    ...scripting(method('eval') ?? (async () => null)),
    ...expiring('expire'),
    ...expiring('pexpire'),
    time: async () => time(),
  }
  const runOne = async ([name, ...words]: Command): Promise<Outcome> => {
    const lower = name.toLowerCase()
    const emulated = own[lower] ?? method(lower)
    if (!emulated) return { error: `ERR unknown command '${name}'` }
    try {
      return { result: toWire(await emulated(...capitalised(lower, words))) }
    } catch (error) {
      return { error: errorText(error) }
    }
  }
  return {
    // Each emulated command runs to its end before the next starts, so every batch is atomic.
    run: (commands) => Promise.all(commands.map(runOne)),
    subscribe: async (kind, names, onEvent) => {
      const connection = redis.duplicate()
      await follow(connection, kind, names, onEvent)
      const end = async () => {
        await Promise.all([connection.unsubscribe(), connection.punsubscribe()])
        connection.disconnect()
      }
      return { end: () => void end() }
    },
    close: async () => redis.disconnect(),
  }
}
