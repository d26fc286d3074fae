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
/** How many requests at once `meet` sends. */
const MEETING = 16
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

type Pair = {
  flowtrack: (slot: number) => Call
  floor: (slot: number) => Call
  /** Sends a request with each of the next `many` tokens: strangers are new to a board, but their tokens are not. */
  meet: (many: number) => Promise<void>
}

const HELLO: Pick<Operation, 'ask'> = { ask: () => ({ method: 'GET', path: '/users/me' }) }

/** How many of these desks FlowTrack has used already, and how many the floor. */
const turns = new Map<Desk[], { flowtrack: number; floor: number }>()

/** Runs the operation, and gives the bare Worker the requests that it sent. */
export async function learn(bench: BenchStack, operation: Operation): Promise<Pair> {
  const desks = operation.desks(bench)
  const deskAt = (slot: number) => desks[slot % desks.length] as Desk
  const turn = turns.get(desks) ?? { flowtrack: 0, floor: 0 }
  turns.set(desks, turn)
  // A desk of many is used only once: after that, its answers are cached.
  const areStrangers = desks.length > MANY
  const nextAt = (slot: number) => {
    if (!areStrangers) return deskAt(slot)
    if (turn.flowtrack === desks.length)
      throw new Error('All sessions without cached answers are used up: lower --rounds or --count, or give --only')
    return deskAt(turn.flowtrack++)
  }
  const nextAtFloor = (slot: number) => deskAt(areStrangers ? turn.floor++ : slot)
  let learnt: Values = {}
  const valuesFor = (desk: Desk): Values => ({ ...desk.values, ...operation.fresh?.(desk), ...learnt })
  const flowtrack = (slot: number) => {
    const desk = nextAt(slot)
    return { desk, values: valuesFor(desk) }
  }
  const sendOf = ({ desk, values }: { desk: Desk; values: Values }) =>
    callOf(bench.flowtrack.url, operation, desk, values)
  const warm = await call(sendOf(flowtrack(0)))
  learnt = operation.learn?.(warm) ?? {}
  await wait(SETTLE_MS) // until the Worker has filled its caches
  const first = flowtrack(0)
  const { result, seen } = await bench.tape.record(() => call(sendOf(first)))
  if (result.status >= 400) throw new Error(`${operation.name} answered ${result.status}: ${result.body}`)
  const known = { ...first.values, ...operation.made?.read(result.body) }
  const url = `${bench.bare.url}/${encodeURIComponent(operation.name)}`
  const body = JSON.stringify(pickRequests(seen, operation.trips ?? 1).map((one) => toTemplate(one, bench.urls, known)))
  await call({ method: 'PUT', url, body })
  return {
    flowtrack: (slot) => sendOf(flowtrack(slot)),
    floor: (slot) => {
      const values = { ...valuesFor(nextAtFloor(slot)), ...operation.made?.fresh() }
      return { method: 'POST', url: `${url}?${new URLSearchParams(values)}` }
    },
    meet: async (many) => {
      if (!areStrangers) return
      let next = turn.flowtrack
      const hello = () => callOf(bench.flowtrack.url, HELLO, deskAt(next++), {})
      await sendBurst(bench.flowtrack.pid, MEETING, many, hello)
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

/** Measures FlowTrack and the floor by turns. Either begins every second round, so that noise affects both alike. */
export async function measure(
  bench: BenchStack,
  operation: Operation,
  width: number,
  rounds: number,
  count: number,
): Promise<Measured> {
  const pair = await learn(bench, operation)
  const [mine, theirs]: [Burst[], Burst[]] = [[], []]
  let [neon, redis] = [0, 0]
  const run = {
    mine: (many: number) => sendBurst(bench.flowtrack.pid, width, many, pair.flowtrack),
    theirs: (many: number) => sendBurst(bench.bare.pid, width, many, pair.floor),
  }
  const warm = await run.mine(count)
  await run.theirs(count)
  const many = Math.ceil(count * Math.max(1, ROUND_S / warm.seconds))
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 1) theirs.push(await run.theirs(many))
    await pair.meet(many)
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
