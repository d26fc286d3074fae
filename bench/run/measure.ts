import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from 'd3-array'
import { medianOf } from '../median.ts'
import type { BenchStack, Desk } from './bench-stack.ts'
import { type Burst, type Call, call, sendBurst } from './load.ts'
import type { Operation } from './operations.ts'
import { pickRequests, toTemplate, type Values } from './tape.ts'

export type Figures = { p50: number; p99: number; per_second: number; cpu_ms: number | null }
export type Measured = {
  name: string
  width: number
  flowtrack: Figures
  floor: Figures
  /** Its time as a multiple of the floor's: the median of the rounds; `spread`: the lowest and the highest. */
  ratio: number
  spread: [number, number]
  neon_requests: number
  redis_requests: number
  bytes: number
  errors: string[]
}

/** When an operation has more desks than this, each is used only once. */
const MANY = 64
/** The shortest round, in seconds: in a shorter one, a single garbage collection would decide the result. */
const ROUND_S = 1
/** How many requests at once `warmSessions` sends. */
const WARMING_WIDTH = 16
/** After this long, the requests that follow an answer have been sent. */
const SETTLE_MS = 60

export const roundTo = (n: number, places = 2) => Number(n.toFixed(places))

function figuresOf(bursts: Burst[]): Figures {
  const times = bursts.flatMap((one) => one.times)
  const total = (field: 'seconds' | 'cpu_ms') => bursts.reduce((sum, one) => sum + one[field], 0)
  const cpu = total('cpu_ms')
  return {
    p50: roundTo(medianOf(times)),
    p99: roundTo(quantile(times, 0.99) ?? Number.NaN),
    per_second: Math.round(times.length / total('seconds')),
    cpu_ms: cpu > 0 ? roundTo(cpu / times.length, 3) : null,
  }
}

export function callOf(url: string, operation: Pick<Operation, 'ask'>, desk: Desk, values: Values): Call {
  const { method, path, body, headers } = operation.ask(values)
  const sent = { Authorization: `Bearer ${desk.token}`, 'Content-Type': 'application/json', ...headers }
  return { method, url: url + path, headers: sent, ...(body && { body: JSON.stringify(body) }) }
}

/** Hands out the desks of an operation in turn. Of many, each is used only once, as its answers are then cached. */
class DeskPool {
  readonly #desks: Desk[]
  readonly #isUsedOnce: boolean
  #usedByFlowtrack = 0
  #usedByFloor = 0

  constructor(desks: Desk[]) {
    this.#desks = desks
    this.#isUsedOnce = desks.length > MANY
  }

  takeForFlowtrack(slot: number): Desk {
    if (!this.#isUsedOnce) return this.#at(slot)
    if (this.#usedByFlowtrack === this.#desks.length)
      throw new Error('All sessions without cached answers are used up: lower --rounds or --count, or give --only')
    return this.#at(this.#usedByFlowtrack++)
  }

  takeForFloor(slot: number): Desk {
    return this.#at(this.#isUsedOnce ? this.#usedByFloor++ : slot)
  }

  /** The desks that FlowTrack will use next, if each is used only once. */
  next(count: number): Desk[] {
    return this.#isUsedOnce ? Array.from({ length: count }, (_, n) => this.#at(this.#usedByFlowtrack + n)) : []
  }

  #at(slot: number): Desk {
    return this.#desks[slot % this.#desks.length] as Desk
  }
}

const pools = new Map<Desk[], DeskPool>()

function poolOf(desks: Desk[]): DeskPool {
  const pool = pools.get(desks) ?? new DeskPool(desks)
  pools.set(desks, pool)
  return pool
}

type Prepared = {
  flowtrack: (slot: number) => Call
  floor: (slot: number) => Call
  /** Sends a request with each of the next `many` tokens, so that their sessions are cached, but no answer. */
  warmSessions: (many: number) => Promise<void>
}

const READ_ME: Pick<Operation, 'ask'> = { ask: () => ({ method: 'GET', path: '/users/me' }) }

/** Runs the operation once, and gives the bare Worker the requests that it sent. Returns the address of the floor. */
async function recordFloor(bench: BenchStack, operation: Operation, request: Call, values: Values): Promise<string> {
  const { result, seen } = await bench.tape.record(() => call(request))
  if (result.status >= 400) throw new Error(`${operation.name} answered ${result.status}: ${result.body}`)
  const known = { ...values, ...operation.made?.read(result.body) }
  const url = `${bench.bare.url}/${encodeURIComponent(operation.name)}`
  const body = JSON.stringify(pickRequests(seen, operation.trips ?? 1).map((one) => toTemplate(one, bench.urls, known)))
  await call({ method: 'PUT', url, body })
  return url
}

/** Makes what sends the operation to FlowTrack, and its requests to the floor. */
export async function prepareOperation(bench: BenchStack, operation: Operation): Promise<Prepared> {
  const pool = poolOf(operation.desks(bench))
  let learnt: Values = {}
  const valuesFor = (desk: Desk): Values => ({ ...desk.values, ...operation.fresh?.(desk), ...learnt })
  const next = (slot: number) => {
    const desk = pool.takeForFlowtrack(slot)
    const values = valuesFor(desk)
    return { request: callOf(bench.flowtrack.url, operation, desk, values), values }
  }
  learnt = operation.learn?.(await call(next(0).request)) ?? {}
  await wait(SETTLE_MS) // until the Worker has filled its caches
  const { request, values } = next(0)
  const url = await recordFloor(bench, operation, request, values)
  return {
    flowtrack: (slot) => next(slot).request,
    floor: (slot) => {
      const values = { ...valuesFor(pool.takeForFloor(slot)), ...operation.made?.fresh() }
      return { method: 'POST', url: `${url}?${new URLSearchParams(values)}` }
    },
    warmSessions: async (many) => {
      const requests = pool.next(many).map((desk) => callOf(bench.flowtrack.url, READ_ME, desk, {}))
      if (requests.length > 0) await sendBurst(bench.flowtrack.pid, WARMING_WIDTH, many, () => requests.shift() as Call)
    },
  }
}

const countOf = async (lane: string): Promise<number> =>
  JSON.parse((await call({ method: 'GET', url: `${lane}/control` })).body).requests

/** Runs `work`, and counts the requests to Neon and Redis for each of its calls, those after the answer included. */
async function requestsOf(
  { urls }: BenchStack,
  work: () => Promise<Burst>,
): Promise<{ burst: Burst; neon: number; redis: number }> {
  const before = [await countOf(urls.neon), await countOf(urls.redis)] as const
  const done = await work()
  await wait(SETTLE_MS)
  const perRequest = (now: number, then: number) => roundTo((now - then) / done.times.length, 2)
  return {
    burst: done,
    neon: perRequest(await countOf(urls.neon), before[0]),
    redis: perRequest(await countOf(urls.redis), before[1]),
  }
}

/** Measures FlowTrack and the floor alternately. Either begins every second round, so that noise affects both alike. */
export async function measure(
  bench: BenchStack,
  operation: Operation,
  width: number,
  rounds: number,
  count: number,
): Promise<Measured> {
  const prepared = await prepareOperation(bench, operation)
  const [mine, theirs]: [Burst[], Burst[]] = [[], []]
  let [neon, redis] = [0, 0]
  const run = {
    mine: (many: number) => sendBurst(bench.flowtrack.pid, width, many, prepared.flowtrack),
    theirs: (many: number) => sendBurst(bench.bare.pid, width, many, prepared.floor),
  }
  const warm = await run.mine(count)
  await run.theirs(count)
  const many = Math.ceil(count * Math.max(1, ROUND_S / warm.seconds))
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 1) theirs.push(await run.theirs(many))
    await prepared.warmSessions(many)
    const one = await requestsOf(bench, () => run.mine(many))
    mine.push(one.burst)
    ;[neon, redis] = [one.neon, one.redis]
    if (round % 2 === 0) theirs.push(await run.theirs(many))
  }
  const ratios = mine.map(({ times }, n) => medianOf(times) / medianOf(theirs[n]?.times ?? []))
  const failed = [...mine, ...theirs].flatMap(({ errors }) => errors)
  return {
    name: operation.name,
    width,
    flowtrack: figuresOf(mine),
    floor: figuresOf(theirs),
    ratio: roundTo(medianOf(ratios)),
    spread: [roundTo(Math.min(...ratios)), roundTo(Math.max(...ratios))],
    neon_requests: neon,
    redis_requests: redis,
    bytes: Math.max(...mine.map(({ bytes }) => bytes)),
    errors: failed,
  }
}
