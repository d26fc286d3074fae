import { basename, resolve } from 'node:path'
import { quantile } from 'd3-array'
import { parseOptions } from '../local/parse-options.ts'
import { type Burst, OPERATIONS, openSide, type Side } from './against/side.ts'
import { medianOf } from './median.ts'

/*
 * `npm run bench:against -- FOLDER`: compares this checkout with another, alternately, through the whole stack: each
 * has its own workerd and database, on the same servers. Prints rates, latencies, bytes, and the CPU of workerd and
 * Postgres.
 *
 * DATABASE_URL    a server on this machine, on which databases may be created    REDIS_URL    or one in memory
 * --rounds N (6)  --seconds N (2) of a round  --width N (16) requests at once  --only a;b    these acts
 */

const { values, positionals } = parseOptions({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '2' },
    width: { type: 'string', default: '16' },
    only: { type: 'string' },
  },
})
const [rounds, seconds, width] = [Number(values.rounds), Number(values.seconds), Number(values.width)]

const number = (n: number, places = 2) => n.toFixed(places).padStart(8)

/** The figures of one side. Rate, CPU, bytes: the median over the rounds. p50, p99: over the requests of all rounds. */
function figuresOf(bursts: Burst[]) {
  const times = bursts.flatMap((one) => one.times)
  return {
    rate: medianOf(bursts.map((one) => one.times.length / one.seconds)),
    p50: medianOf(times),
    p99: quantile(times, 0.99) ?? Number.NaN,
    worker: medianOf(bursts.map((one) => one.worker_ms / one.times.length)),
    bytes: medianOf(bursts.map((one) => one.bytes / one.times.length)),
    postgres: medianOf(bursts.map((one) => one.postgres_ms / one.times.length)),
  }
}

/** The sides begin the rounds alternately, so that noise affects both alike. */
async function compare(sides: [Side, Side], operation: (typeof OPERATIONS)[number]): Promise<void> {
  const bursts: [Burst[], Burst[]] = [[], []]
  for (const side of sides) await side.run(operation, width, seconds) // warms up code and caches
  for (let round = 0; round < rounds; round++)
    for (const place of round % 2 ? ([1, 0] as const) : ([0, 1] as const))
      bursts[place].push(await sides[place].run(operation, width, seconds))
  const [mine, theirs] = bursts.map(figuresOf) as [ReturnType<typeof figuresOf>, ReturnType<typeof figuresOf>]
  console.log(`\n${operation.padEnd(16)}    here   there   ratio`)
  for (const [what, key] of [
    ['requests/s', 'rate'],
    ['p50, ms', 'p50'],
    ['p99, ms', 'p99'],
    ['workerd CPU, ms', 'worker'],
    ['Postgres CPU, ms', 'postgres'],
    ['bytes of text', 'bytes'],
  ] as const)
    console.log(`${what.padEnd(16)}${number(mine[key])}${number(theirs[key])}${number(mine[key] / theirs[key])}`)
  const errors = bursts.flat().flatMap((one) => one.errors)
  if (errors[0]) throw new Error(`${operation}: ${errors.length} of the requests failed, the first with ${errors[0]}`)
}

const [folder] = positionals
const server = process.env.DATABASE_URL
if (!folder || !server) {
  console.error('Give another checkout with its packages installed, and a postgres:// server as DATABASE_URL:')
  console.error('DATABASE_URL=postgres://… npm run bench:against -- ../flowtrack-before')
  process.exit(1)
}
const folders = [resolve(import.meta.dirname, '..'), resolve(folder)]
const sides: Side[] = []
try {
  for (const one of folders) sides.push(await openSide(server, one))
  console.log(`${width} at once, ${rounds} alternating rounds of ${seconds} s, against ${basename(resolve(folder))}.`)
  for (const operation of OPERATIONS)
    if (!values.only || values.only.split(';').includes(operation)) await compare(sides as [Side, Side], operation)
  for (const side of sides) for (const wrong of await side.check()) throw new Error(`${side.name}: ${wrong}`)
} finally {
  for (const side of sides) await side.close()
}
