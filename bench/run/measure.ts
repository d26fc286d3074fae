import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from 'd3-array'
import { middle } from '../middle.ts'
import { type Burst, burst, type Call, call } from './load.ts'
import type { Operation } from './operations.ts'
import { essence, toTemplate, type Values } from './tape.ts'
import type { Desk, World } from './world.ts'

export type Figures = { p50: number; p99: number; per_second: number; cpu_ms: number | null }
export type Measured = {
  name: string
  width: number
  flowtrack: Figures
  floor: Figures
  /** How many times the floor's time it takes: the median of the rounds, and the lowest and the highest. */
  ratio: number
  spread: [number, number]
  neon_requests: number
  redis_requests: number
  bytes: number
  errors: string[]
}

/** More desks than this are used one after the other. */
const MANY = 64
/** A round takes at least this long: in less, one collection of garbage decides. In seconds. */
const ROUND_S = 1
/** How many strangers are met at once. */
const MEETING = 16
/** Until what comes after an answer has come. */
const SETTLE_MS = 60

export const rounded = (n: number, places = 2) => Number(n.toFixed(places))

function figuresOf(bursts: Burst[]): Figures {
  const times = bursts.flatMap((one) => one.times)
  const total = (field: 'seconds' | 'cpu_ms') => bursts.reduce((sum, one) => sum + one[field], 0)
  const cpu = total('cpu_ms')
  return {
    p50: rounded(middle(times)),
    p99: rounded(quantile(times, 0.99) ?? Number.NaN),
    per_second: Math.round(times.length / total('seconds')),
    cpu_ms: cpu > 0 ? rounded(cpu / times.length, 3) : null,
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
  /** Strangers are so to a board only: as everywhere, the next `many` tokens have been seen before. */
  meet: (many: number) => Promise<void>
}

const HELLO: Pick<Operation, 'ask'> = { ask: () => ({ method: 'GET', path: '/users/me' }) }

/** How many of these desks were used already; and at the floor, which leaves nothing behind. */
const turns = new Map<Desk[], { flowtrack: number; floor: number }>()

/** Does the operation once, and teaches the bare Worker what that sends. */
export async function learn(world: World, operation: Operation): Promise<Pair> {
  const desks = operation.desks(world)
  const deskAt = (slot: number) => desks[slot % desks.length] as Desk
  const turn = turns.get(desks) ?? { flowtrack: 0, floor: 0 }
  turns.set(desks, turn)
  // Each desk is one pair of hands; where there are more desks than hands, each is used once.
  const areStrangers = desks.length > MANY
  const nextAt = (slot: number) => {
    if (!areStrangers) return deskAt(slot)
    if (turn.flowtrack === desks.length) throw new Error('Nobody is a stranger any more: ask for fewer rounds')
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
    callOf(world.flowtrack.url, operation, desk, values)
  const warm = await call(sendOf(flowtrack(0)))
  learnt = operation.learn?.(warm) ?? {}
  await wait(SETTLE_MS) // what is to be cached is cached
  const first = flowtrack(0)
  const { result, seen } = await world.tape.record(() => call(sendOf(first)))
  if (result.status >= 400) throw new Error(`${operation.name} answered ${result.status}: ${result.body}`)
  const known = { ...first.values, ...operation.made?.read(result.body) }
  const url = `${world.bare.url}/${encodeURIComponent(operation.name)}`
  const body = JSON.stringify(essence(seen, operation.trips ?? 1).map((one) => toTemplate(one, world.urls, known)))
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
      const hello = () => callOf(world.flowtrack.url, HELLO, deskAt(next++), {})
      await burst(world.flowtrack.pid, MEETING, many, hello)
    },
  }
}

const countOf = async (lane: string): Promise<number> =>
  JSON.parse((await call({ method: 'GET', url: `${lane}/control` })).body).requests

/** What one request costs at the bridges, what comes after its answer included. */
async function requestsOf(
  { urls }: World,
  work: () => Promise<Burst>,
): Promise<{ burst: Burst; neon: number; redis: number }> {
  const before = [await countOf(urls.neon), await countOf(urls.redis)] as const
  const done = await work()
  await wait(SETTLE_MS)
  const per = (now: number, then: number) => rounded((now - then) / done.times.length, 2)
  return {
    burst: done,
    neon: per(await countOf(urls.neon), before[0]),
    redis: per(await countOf(urls.redis), before[1]),
  }
}

/** Both by turns, so that noise hits both alike; each round begins with the other one. */
export async function measure(
  world: World,
  operation: Operation,
  width: number,
  rounds: number,
  count: number,
): Promise<Measured> {
  const pair = await learn(world, operation)
  const [mine, theirs]: [Burst[], Burst[]] = [[], []]
  let [neon, redis] = [0, 0]
  const run = {
    mine: (many: number) => burst(world.flowtrack.pid, width, many, pair.flowtrack),
    theirs: (many: number) => burst(world.bare.pid, width, many, pair.floor),
  }
  const warm = await run.mine(count)
  await run.theirs(count)
  const many = Math.ceil(count * Math.max(1, ROUND_S / warm.seconds))
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 1) theirs.push(await run.theirs(many))
    await pair.meet(many)
    const one = await requestsOf(world, () => run.mine(many))
    mine.push(one.burst)
    ;[neon, redis] = [one.neon, one.redis]
    if (round % 2 === 0) theirs.push(await run.theirs(many))
  }
  const ratios = mine.map(({ times }, n) => middle(times) / middle(theirs[n]?.times ?? []))
  const failed = [...mine, ...theirs].flatMap(({ errors }) => errors)
  return {
    name: operation.name,
    width,
    flowtrack: figuresOf(mine),
    floor: figuresOf(theirs),
    ratio: rounded(middle(ratios)),
    spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
    neon_requests: neon,
    redis_requests: redis,
    bytes: Math.max(...mine.map(({ bytes }) => bytes)),
    errors: failed,
  }
}
