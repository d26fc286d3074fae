import fc from 'fast-check'
import type { Document, Operation } from './document.ts'
import type { House } from './house.ts'
import { type Judge, Violation } from './judge.ts'
import { type Draft, draftsOf } from './requests.ts'
import { type Call, calls, converse, listens } from './sockets.ts'
import { type Exchange, render, send } from './wire.ts'

/** Making a failure small may not take for ever. */
const ROUND_LIMIT_MS = 60_000

export type Found = { what: string; times: number; example: Error }

/** What has come of it all so far. */
export type Tally = {
  requests: number
  sockets: number
  statuses: Record<number, number>
  /** Operations that have succeeded at least once. */
  reached: Set<string>
  found: Map<string, Found>
}

export type Round = {
  house: House
  judge: Judge
  url: string
  document: Document
  tally: Tally
  seed: number
  runs: number
}

function count(tally: Tally, status: number): void {
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
}

async function exchange({ house, judge, url, tally }: Round, draft: Draft): Promise<void> {
  const { caller } = draft
  const wire = render(draft, house.rows.fill(draft), house.token(caller))
  const answer = await send(url, wire).catch((error: Error): Exchange => {
    throw new Violation(`no answer: ${error.message}`, { wire, status: 0, headers: {}, body: '' })
  })
  tally.requests += 1
  count(tally, answer.status)
  judge.check(answer)
  const leaked = house.rows.leak(caller, answer)
  if (leaked) throw new Violation(`shows ${caller} a row of the other tenant: ${leaked}`, answer)
  house.rows.learn(caller, answer)
  if (answer.status < 300) tally.reached.add(judge.operationOf(answer)?.name ?? '')
  if (answer.status === 401 && answer.body.includes('token_revoked')) await house.revive(caller)
}

/** Runs a property; what fails is made as small as it still fails, and noted once per kind. */
async function note<T>(what: string, property: fc.IAsyncProperty<T>, { seed, runs, tally }: Round): Promise<void> {
  const limits = { interruptAfterTimeLimit: ROUND_LIMIT_MS, markInterruptAsFailure: false }
  const { errorInstance } = await fc.check(property, { seed, numRuns: runs, ...limits })
  if (!(errorInstance instanceof Error)) return
  const kind = `${what}: ${errorInstance.message.replace(/[0-9a-f-]{36}/g, '…').slice(0, 150)}`
  const known = tally.found.get(kind)
  tally.found.set(kind, { what, times: (known?.times ?? 0) + 1, example: known?.example ?? errorInstance })
}

/** Some requests in a row to one operation. */
export async function requestRound(round: Round, operation: Operation): Promise<void> {
  await round.house.tend()
  const property = fc.asyncProperty(draftsOf(round.document, operation), (draft) => exchange(round, draft))
  await note<[Draft]>(operation.name, property, round)
}

const SOCKET_ROUTES = { projects: 'GET /ws/projects/{id}', notifications: 'GET /ws/notifications/{user_id}' }

/** Some sockets one after another, on which anything may be said; then the hub must still be well. */
export async function socketRound(round: Round): Promise<void> {
  const { house, url, tally } = round
  await house.tend()
  const talk = fc.asyncProperty(calls, async (call) => {
    tally.sockets += 1
    const status = await converse(url, house, call)
    count(tally, status)
    if (status === 101) tally.reached.add(SOCKET_ROUTES[call.stream])
  })
  await note<[Call]>('sockets', talk, round)
  const after = fc.asyncProperty(fc.constant(url), (at) => listens(at, house))
  await note<[string]>('sockets', after, { ...round, runs: 1 })
}
